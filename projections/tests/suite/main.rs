//! The read models over real logs, on each backend that can be had.

#[cfg(test)]
mod beside;
#[cfg(test)]
mod billed;
#[cfg(test)]
mod commissions;
#[cfg(test)]
mod crm;
#[cfg(test)]
mod production;
#[cfg(test)]
mod read_models;
#[cfg(test)]
mod report;
#[cfg(test)]
mod support;
