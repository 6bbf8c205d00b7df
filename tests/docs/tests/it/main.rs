//! Reference pages against the code they are written from.

mod pages;
mod words;
