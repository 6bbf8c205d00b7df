//! The only code that prints.
//!
//! *Invariants*: stdout carries data alone; JSON and YAML are the API's object unchanged; nothing is
//! coloured, drawn or asked unless a person is looking.

mod cell;
mod column;
mod failure;
mod fields;
mod format;
mod outcome;
mod print;
mod progress;
mod prompt;
mod record_format;
mod table;

pub(crate) use cell::text_of;
pub(crate) use column::Column;
pub(crate) use failure::print_error;
pub(crate) use format::Format;
pub(crate) use outcome::{Data, Outcome};
pub(crate) use print::{data_line, print_outcome, write_stdout};
pub(crate) use progress::{Progress, note};
pub(crate) use prompt::{Confirmation, ask, ask_line, ask_new_secret, ask_secret, confirm, tell};
pub(crate) use record_format::{RecordFormat, RecordView};
