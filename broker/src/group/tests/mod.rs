//! Scenarios in text files, and properties over random runs.

mod properties;
mod scenarios;
mod script;
mod world;
