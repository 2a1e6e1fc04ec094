// A stranger's client: types made of /openapi.json, requests checked against them, on every surface.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const url = process.env["SUNLEDGER_URL"];
const key = process.env["SUNLEDGER_KEY"];
assert(url && key);
const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

// invoicing: a client, a draft for it, sent and paid in part.
const made = await api.POST("/api/v1/clients", { body: { name: "Acme Corp", email: "billing@acme.example" } });
assert(made.data, "the client is made");
const client: components["schemas"]["invoicing.Client"] = made.data.data;
assert.equal(made.response.headers.get("ETag"), '"1"');

const draft = await api.POST("/api/v1/invoices", {
  params: { header: { "Idempotency-Key": "order-1" } },
  body: {
    clientId: client.id,
    dueDate: "2199-01-31",
    lineItems: [{ description: "Rooftop array", quantity: 12, unitPrice: 425.5, taxRate: 10 }],
  },
});
assert(draft.data, "the invoice is made");
const id = draft.data.data.id;
assert.equal(draft.data.data.total, 5616.6);

const sent = await api.POST("/api/v1/invoices/{id}/send", { params: { path: { id } }, body: {} });
assert.equal(sent.response.status, 200);
const paid = await api.POST("/api/v1/invoices/{id}/payments", {
  params: { path: { id } },
  body: { amount: 2000, method: "pix" },
});
assert.equal(paid.data?.data.invoice.balance, 3616.6);

const listed = await api.GET("/api/v1/invoices", { params: { query: { status: "PARTIALLY_PAID", limit: 10 } } });
assert.deepEqual(listed.data?.data.map((invoice) => invoice.id), [id]);

const refused = await api.POST("/api/v1/clients", { body: { name: "", email: "nobody" } });
assert.equal(refused.response.status, 400);
assert(refused.error && "errors" in refused.error);
assert.deepEqual(Object.keys(refused.error.errors ?? {}).sort(), ["email", "name"]);

// back office: the same client by its number, and an invoice issued at once.
const { data: customers } = await api.GET("/api/v2/customers", {});
// Where `Accept` asks for it, it is CSV.
assert(typeof customers === "object", "a page of JSON");
const customer = customers.data[0];
assert(customer, "the client is a customer here");
assert.equal(customer.uuid, client.id);
assert.equal(customers.meta.total_records, 1);

const issued = await api.POST("/api/v2/invoices", {
  body: { customer_id: customer.id, due_date: "2199-02-15", items: [{ description: "Service", amount: 1500 }] },
});
assert.equal(issued.data?.data.status, "Unpaid");
const lost = await api.GET("/api/v2/customers/{id}", { params: { path: { id: "999" } } });
assert.equal(lost.response.status, 404);
assert.equal(lost.error?.success, false);

// crm and energy see it too.
const seen = await api.GET("/v1/clients/{clientId}", { params: { path: { clientId: client.id } } });
assert.equal(seen.data?.data.name, "Acme Corp");
const known = await api.GET("/energy/clients/{code}", { params: { path: { code: client.id } } });
assert.equal(known.data?.name, "Acme Corp");

// commissions: signing in, and a team.
const { SUNLEDGER_EMAIL: email, SUNLEDGER_PASSWORD: password } = process.env;
assert(email && password);
const who = await api.POST("/api/v1/auth/api-token", { body: { email, password, tenantId: "default" } });
assert.equal(who.data?.data.tokenType, "api_user");
const tenantId = "default";
const team = await api.POST("/api/v1/tenants/{tenantId}/teams", {
  params: { path: { tenantId } },
  body: { tenant_id: tenantId, name: "Alpha", is_active: true, team_type: "Office" },
});
assert(team.data, "the team is made");
const teamId = team.data.data.id;
const read = await api.GET("/api/v1/tenants/{tenantId}/teams/{teamId}", { params: { path: { tenantId, teamId } } });
assert.equal(read.data?.data.team_type, "Office");

// What happened, and who did it.
const history = await api.GET("/audit/{kind}/{id}", { params: { path: { kind: "invoice", id } } });
assert(history.data && "next" in history.data);
console.log(`a typed client made, read and was refused what it should be (${history.data.data.length} events)`);
