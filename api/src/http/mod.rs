//! What every request passes through.

mod auth;
mod body;
mod carried;
mod changing;
mod counts;
mod creation;
mod envelope;
mod failure;
mod form;
mod host;
mod limit;
mod normalize;
mod params;
mod terms;
mod traced;
mod trail;

pub(crate) use auth::{CloudCaller, ClusterCaller, PeerAddress, SessionCaller};
pub(crate) use body::{JsonBody, check_json};
pub(crate) use carried::carried;
pub(crate) use changing::{Changing, tagged};
pub use counts::HttpCounts;
pub(crate) use creation::{Creation, made};
pub(crate) use envelope::{envelope, method_not_allowed, not_found};
pub(crate) use failure::{ApiResult, HttpFailure};
pub(crate) use form::FormBody;
pub(crate) use normalize::normalize;
pub(crate) use params::Params;
