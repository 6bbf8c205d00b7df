//! Several brokers that share a cell: processes come and go, groups move, and the network between them
//! delays, falls silent, and cuts.
//!
//! Every process has its own connection to the store, as with one broker, and a plug in a switchboard,
//! through which the others reach it. Whoever is frozen neither says nor hears anything for a while; what
//! it had sent arrives. Clients ask any process who leads, and give up on one that does not answer, as
//! real ones do; the answer may come all the same, and counts.

mod clients;
mod events;
mod process;
mod run;
mod supervisor;
mod switchboard;
mod town;

pub use run::run_company;
