//! What each AWS service wants of a request, and since when: names, hosts, operations, recipes.
//!
//! Absent on purpose: code per service (all facts are tables under `table/`, written by `renew.py`
//! or kept by hand with their source), captured values, and judgement of a request.
//!
//! Invariant: unknown hosts say so; every fact has its years; nothing is guessed silently.

mod era;
mod find;
mod host;
mod hosts_of;
mod lookup;
mod operation;
mod partition;
mod pattern;
mod recipe;
mod service;
mod suggest;
mod table;
mod uri;

pub use era::{Earlier, Era, Release, history};
pub use find::{Match, find};
pub use host::{HostFacts, HostMatch, host};
pub use hosts_of::{HostKind, HostName};
pub use lookup::{Candidate, Lookup, Reason, best, lookup};
pub use operation::{
    Auth, Operation, Payload, operation_by_target, operations_named, targets_of_operation,
};
pub use partition::{Partition, partition_of_region, partitions};
pub use recipe::recipe_for_signing_name;
pub use service::{Origin, Protocol, Service, by_signing_name, service, services};
pub use suggest::{Suggestion, nearest, suggest};
pub use table::VERSION;
