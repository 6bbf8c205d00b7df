//! What clusters are used for, over time: one point a minute and series, in memory, for a week.
//!
//! ```text
//! brokers --Meter, every few seconds--> Book: counters become differences, gauges their last value
//!                                         '--> Query, Export: filter, group, sum
//! ```
//!
//! *Invariants*
//! * A counter that fell was born again: its value is what was added.
//! * A gauge is written only when every broker told its part: a gap is better than a wrong sum.
//! * Memory is bounded by series and by points, for each cluster and for all.
//! * What is asked for names its clusters, and whoever asks may read each of them.
//!
//! *Not here*: counting (broker), shapes (api-types), text for scrapers (api).

mod book;
mod descriptor;
mod filter;
mod interval;
mod query;
mod series;

pub use descriptor::{Kind, Label, METRICS, Metric, MetricInfo};
pub use filter::{Field, Filter};
pub use interval::{Granularity, Interval};
pub use query::{Group, Point, Query};
pub use series::Labels;

pub(crate) use book::Book;
