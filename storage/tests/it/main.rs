//! The storage formats against golden files, and against damage.

mod damage;
mod formats;
mod golden;
mod metadata;
mod sample;
mod store;
