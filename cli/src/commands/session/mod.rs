//! `weir login`, `weir logout`, `weir auth`: people in place of keys.

mod auth;
mod device;
mod export;
mod login;
mod logout;
mod mfa;
mod password;
mod token;

pub(crate) use auth::Command as Auth;
pub(crate) use login::{Args as LoginArgs, begun, run as login};
pub(crate) use logout::run as logout;
