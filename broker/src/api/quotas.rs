//! DescribeClientQuotas and AlterClientQuotas (keys 48, 49), for users: what clients and addresses may use is
//! not limited here. Changes go to the control plane, and are answered when they are in force.

use std::sync::Arc;

use bytes::Bytes;
use common_types::acl::Operation;
use common_types::limits::CLIENT_QUOTA_PRINCIPALS_MAX;
use common_types::quota::{DEFAULT_PRINCIPAL, Quotas, RateChange, Throughput, ThroughputChange};
use kafka_protocol::messages::alter_client_quotas_request::EntryData as Wish;
use kafka_protocol::messages::alter_client_quotas_response::{
    EntityData as AlteredEntity, EntryData as Altered,
};
use kafka_protocol::messages::describe_client_quotas_request::ComponentData;
use kafka_protocol::messages::describe_client_quotas_response::{EntityData, EntryData, ValueData};
use kafka_protocol::messages::{
    AlterClientQuotasRequest, AlterClientQuotasResponse, DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;

use super::allowed;
use super::topic_error::text_of;
use crate::cell::{AclRefusal, Asker, Cell, QuotaChange};
use crate::server::{BadRequest, Request};

const USER: &str = "user";
const INGRESS: &str = "producer_byte_rate";
const EGRESS: &str = "consumer_byte_rate";

/// A code, with words for the client.
type Refusal = (i16, Option<StrBytes>);

pub(super) fn describe(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: DescribeClientQuotasRequest = r.decode()?;
    let may = allowed::on_cluster(cell, r.into(), Operation::DescribeConfigs);
    let wanted = may.map_err(|code| (code, None)).and_then(|()| Wanted::of(&request));
    let answer = match wanted {
        Ok(wanted) => {
            let entries = wanted.entries(&cell.quotas_of(r.session.tenant));
            DescribeClientQuotasResponse::default().with_entries(Some(entries))
        }
        Err((code, text)) => DescribeClientQuotasResponse::default()
            .with_error_code(code)
            .with_error_message(text)
            .with_entries(None),
    };
    r.answer(&answer)
}

/// Which users are asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    None,
    Default,
    One(String),
}

impl Wanted {
    fn of(request: &DescribeClientQuotasRequest) -> Result<Self, Refusal> {
        let mut wanted = None;
        for component in &request.components {
            let one = Self::component(component)?;
            if wanted.is_some() {
                // One name of each type, and every entry here is a user and nothing else.
                wanted = Some(Self::None);
            } else {
                wanted = Some(one);
            }
        }
        // Asked strictly for entries of no type, there is none.
        Ok(wanted.unwrap_or(if request.strict { Self::None } else { Self::All }))
    }

    fn component(component: &ComponentData) -> Result<Self, Refusal> {
        let name = component._match.as_ref().map(ToString::to_string);
        let wanted = match (component.match_type, name) {
            (0, Some(name)) => Self::One(name),
            (1, None) => Self::Default,
            (2, None) => Self::All,
            (kind, _) => return Err(bad(&format!("match type {kind} is not served like this"))),
        };
        Ok(if component.entity_type.as_str() == USER { wanted } else { Self::None })
    }

    fn entries(&self, quotas: &Quotas) -> Vec<EntryData> {
        let named = |(name, limits): (&String, &Throughput)| {
            let all = *self == Self::All || *self == Self::One(name.clone());
            all.then(|| entry(Some(name), *limits))
        };
        let default = quotas.default.filter(|_| matches!(self, Self::All | Self::Default));
        let default = default.map(|limits| entry(None, limits));
        quotas.own.iter().filter_map(named).chain(default).collect()
    }
}

fn entry(name: Option<&String>, limits: Throughput) -> EntryData {
    // Kafka says rates as floating point numbers: exact up to 2^53.
    let value = |key: &'static str, rate: u64| {
        ValueData::default().with_key(StrBytes::from_static_str(key)).with_value(rate as f64)
    };
    let ingress = limits.ingress.map(|rate| value(INGRESS, rate));
    let egress = limits.egress.map(|rate| value(EGRESS, rate));
    let entity = EntityData::default()
        .with_entity_type(StrBytes::from_static_str(USER))
        .with_entity_name(name.map(|name| StrBytes::from_string(name.clone())));
    EntryData::default()
        .with_entity(vec![entity])
        .with_values(ingress.into_iter().chain(egress).collect())
}

pub(super) async fn alter(cell: &Arc<Cell>, r: &Request<'_>) -> Result<Bytes, BadRequest> {
    let request: AlterClientQuotasRequest = r.decode()?;
    let mut wanted: Vec<Result<ThroughputChange, Refusal>> =
        request.entries.iter().map(wish).collect();
    let changes: Vec<ThroughputChange> =
        wanted.iter().filter_map(|wish| wish.as_ref().ok()).cloned().collect();
    let may = allowed::on_cluster(cell, r.into(), Operation::AlterConfigs);
    let mut made = may.map_err(|code| (code, None)).and_then(|()| bounded(wanted.len()));
    if made.is_ok() && !changes.is_empty() {
        let (tenant, by) = (r.session.tenant, Asker::of(r.session));
        let change = QuotaChange { tenant, changes, validate_only: request.validate_only, by };
        made = cell.change_quotas(change).await.map_err(refused);
    }
    if let Err(refusal) = made {
        wanted.iter_mut().for_each(|wish| *wish = Err(refusal.clone()));
    }
    let entries = request.entries.into_iter().zip(wanted).map(|(entry, wish)| {
        let (code, text) = wish.err().unwrap_or((error_code::NONE, None));
        let entity = entry.entity.into_iter().map(|entity| {
            AlteredEntity::default()
                .with_entity_type(entity.entity_type)
                .with_entity_name(entity.entity_name)
        });
        Altered::default()
            .with_error_code(code)
            .with_error_message(text)
            .with_entity(entity.collect())
    });
    r.answer(&AlterClientQuotasResponse::default().with_entries(entries.collect()))
}

fn wish(entry: &Wish) -> Result<ThroughputChange, Refusal> {
    let principal = match entry.entity.as_slice() {
        [user] if user.entity_type.as_str() == USER => user.entity_name.as_ref(),
        _ => return Err(bad("quotas are kept for one user, or for the default user")),
    };
    let mut change = ThroughputChange {
        principal: principal.map_or(DEFAULT_PRINCIPAL.to_owned(), ToString::to_string),
        ingress: RateChange::Keep,
        egress: RateChange::Keep,
    };
    for op in &entry.ops {
        let wanted = if op.remove { RateChange::Remove } else { RateChange::Set(rate(op.value)?) };
        match op.key.as_str() {
            INGRESS => change.ingress = wanted,
            EGRESS => change.egress = wanted,
            other => {
                let text = format!("{other} is not limited here, {INGRESS} and {EGRESS} are");
                return Err(bad(&text));
            }
        }
    }
    Ok(change)
}

/// Whole bytes a second, at least 1.
fn rate(value: f64) -> Result<u64, Refusal> {
    // The largest of them is below what a signed 64-bit number holds.
    const MAX: f64 = 9.0e18;
    if (1.0..=MAX).contains(&value) {
        // In these bounds the cast only cuts off the fraction.
        return Ok(value as u64);
    }
    Err(bad(&format!("a rate is 1 to {MAX} bytes per second, not {value}")))
}

fn bounded(count: usize) -> Result<(), Refusal> {
    if count <= CLIENT_QUOTA_PRINCIPALS_MAX {
        return Ok(());
    }
    let max = CLIENT_QUOTA_PRINCIPALS_MAX;
    Err(bad(&format!("{count} entries in one request, at most {max} are taken")))
}

fn bad(text: &str) -> Refusal {
    (error_code::INVALID_REQUEST, text_of(&text))
}

fn refused(refusal: AclRefusal) -> Refusal {
    let code = match refusal {
        AclRefusal::Away(_) => error_code::REQUEST_TIMED_OUT,
        AclRefusal::Refused(_) => error_code::POLICY_VIOLATION,
    };
    (code, text_of(&refusal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(components: &[(&'static str, i8, Option<&'static str>)]) -> Wanted {
        let component = |(kind, match_type, name): &(&'static str, i8, Option<&'static str>)| {
            ComponentData::default()
                .with_entity_type(StrBytes::from_static_str(kind))
                .with_match_type(*match_type)
                .with_match(name.map(StrBytes::from_static_str))
        };
        let components = components.iter().map(component).collect();
        Wanted::of(&DescribeClientQuotasRequest::default().with_components(components)).unwrap()
    }

    #[test]
    fn searches_find_users_by_name_and_default() {
        let mut quotas = Quotas::default();
        let limits = Throughput { ingress: Some(5), egress: None };
        for who in ["sa-1", "sa-2", DEFAULT_PRINCIPAL] {
            quotas.set(who, limits);
        }
        let found = |wanted: Wanted| {
            let name =
                |entry: &EntryData| entry.entity[0].entity_name.as_ref().map(|n| n.to_string());
            wanted.entries(&quotas).iter().map(name).collect::<Vec<_>>()
        };
        let named =
            |names: &[&str]| names.iter().map(|n| Some((*n).to_owned())).collect::<Vec<_>>();
        assert_eq!(found(request(&[("user", 0, Some("sa-1"))])), named(&["sa-1"]));
        assert_eq!(found(request(&[("user", 1, None)])), [None]);
        let mut all = named(&["sa-1", "sa-2"]);
        all.push(None);
        assert_eq!(found(request(&[("user", 2, None)])), all);
        assert_eq!(found(request(&[])), all);
        assert_eq!(found(request(&[("client-id", 2, None)])), []);
        assert_eq!(found(request(&[("user", 2, None), ("client-id", 2, None)])), []);
    }

    #[test]
    fn rates_that_cannot_be_are_refused() {
        for bad in [0.0, 0.5, -1.0, f64::NAN, f64::INFINITY, 1e19] {
            assert!(rate(bad).is_err(), "{bad}");
        }
        assert_eq!(rate(1.9).unwrap(), 1);
        assert_eq!(rate(1_048_576.0).unwrap(), 1 << 20);
    }
}
