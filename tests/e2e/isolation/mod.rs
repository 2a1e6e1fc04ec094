//! Tenants: what is one's is to the other as if it were not there. Every route of the served `/openapi.json` is walked.
//!
//! | file | what |
//! | --- | --- |
//! | `company` | a company that has one of everything, and its mark in every text |
//! | `fill` | what each route's path, body and query refer to |
//! | `reach` | another company's key, with ids of the first: paths, bodies, lists, the audit, imports |
//! | `scopes` | the right company's keys without the scope, and no key at all |
//! | `shared` | what two companies have alike: names, Idempotency-Keys, opaque ids, webhooks |

mod company;
mod fill;
mod reach;
mod scopes;
mod shared;
mod wrong_fields;
