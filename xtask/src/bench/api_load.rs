//! An open loop of requests: each has a moment at which it is due, and its time counts from there, so that a stall
//! counts for all that had to wait behind it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};

use super::clock;
use crate::http::Client;
use crate::served::{Admin, Served};

pub(super) struct Load {
    pub(super) requests: u64,
    /// Between the moments at which two requests are due.
    pub(super) interval: Duration,
    pub(super) connections: usize,
}

/// One request.
pub(super) struct Sample {
    /// From the moment that it was due to the end of its answer.
    pub(super) took: Duration,
    pub(super) write: bool,
    /// Whether it was answered as it should be.
    pub(super) good: bool,
}

/// Nine of ten requests read, one writes.
pub(super) fn drive(served: &Served, load: &Load) -> Result<Vec<Sample>> {
    let next = AtomicU64::new(0);
    let begin = clock::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..load.connections)
            .map(|number| {
                let worker = Worker {
                    client: served.client(),
                    admin: &served.admin,
                    number,
                    made: Vec::new(),
                };
                scope.spawn(|| worker.run(load, &next, begin))
            })
            .collect();
        let mut samples = Vec::new();
        for worker in workers {
            let done = worker.join().map_err(|_| anyhow!("a worker panicked"))?;
            samples.extend(done?);
        }
        Ok(samples)
    })
}

/// One connection with the accounts that it has made.
struct Worker<'a> {
    client: Client,
    admin: &'a Admin,
    number: usize,
    made: Vec<String>,
}

impl Worker<'_> {
    fn run(mut self, load: &Load, next: &AtomicU64, begin: Duration) -> Result<Vec<Sample>> {
        let mut samples = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= load.requests {
                break;
            }
            let due = begin + Duration::from_nanos(index * load.interval.as_nanos() as u64);
            clock::sleep(due.saturating_sub(clock::now()));
            let write = index % 10 == 9;
            let good = if write { self.write(index)? } else { self.read(index)? };
            samples.push(Sample { took: clock::elapsed(due), write, good });
        }
        // What is left over would make the next run different.
        for id in std::mem::take(&mut self.made) {
            self.client.call("DELETE", &format!("{ACCOUNTS}/{id}"), &[], None)?;
        }
        Ok(samples)
    }

    fn read(&mut self, index: u64) -> Result<bool> {
        let (environment, cluster) = (&self.admin.environment_id, &self.admin.cluster_id);
        let target = match index % 8 {
            0 => "/org/v2/environments".to_owned(),
            1 => format!("/org/v2/environments/{environment}"),
            2 => format!("/cmk/v2/clusters?environment={environment}"),
            3 => format!("/cmk/v2/clusters/{cluster}?environment={environment}"),
            4 => ACCOUNTS.to_owned(),
            5 => "/iam/v2/api-keys".to_owned(),
            6 => format!("/iam/v2/api-keys/{}", self.admin.api_key),
            _ => "/iam/v2/users".to_owned(),
        };
        Ok(self.client.call("GET", &target, &[], None)?.status == 200)
    }

    /// Makes an account, changes it, removes it.
    fn write(&mut self, index: u64) -> Result<bool> {
        match (index / 10 % 3, self.made.last().cloned()) {
            (1, Some(id)) => {
                let body = json!({ "description": format!("changed by {index}") }).to_string();
                let answer =
                    self.client.call("PATCH", &format!("{ACCOUNTS}/{id}"), &[], Some(&body))?;
                Ok(answer.status == 200)
            }
            (2, Some(id)) => {
                self.made.pop();
                let answer = self.client.call("DELETE", &format!("{ACCOUNTS}/{id}"), &[], None)?;
                Ok(answer.status == 204)
            }
            _ => {
                let name = format!("bench-{}-{index}-{}", self.number, clock::now().as_nanos());
                let body = json!({ "display_name": name, "description": "bench" }).to_string();
                let answer = self.client.call("POST", ACCOUNTS, &[], Some(&body))?;
                if answer.status != 201 {
                    return Ok(false);
                }
                let made: Value = serde_json::from_slice(&answer.body)?;
                self.made.push(made["id"].as_str().context("an account without id")?.to_owned());
                Ok(true)
            }
        }
    }
}

const ACCOUNTS: &str = "/iam/v2/service-accounts";
