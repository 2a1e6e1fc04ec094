//! Webhooks from the log to real receivers, on SQLite and on Postgres.

#[cfg(test)]
mod delivering;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod receivers;
#[cfg(test)]
mod recovering;
#[cfg(test)]
mod support;
