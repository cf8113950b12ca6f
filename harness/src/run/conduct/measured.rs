//! All that a drill saw as one observation, which is judged like any other.
use serde_json::{Value, json};

use super::Shared;
use super::disrupt::Disrupted;
use super::recover::Recovered;
use crate::drill::measure::{Measured, timeline};
use crate::drill::sampler::Sample;
use crate::observation::Observation;
use crate::plan::Disrupt;

/// What became of the server's public address; a cluster has none.
fn public_address(shared: &Shared, found: &Recovered) -> Option<&'static str> {
    if matches!(shared.drill.disrupt, Disrupt::FailOver(_)) {
        return None;
    }
    Some(match (&shared.before.address, &found.address) {
        (_, None) => "none",
        _ if shared.subject.elastic => "elastic",
        (before, after) if before == after => "kept",
        _ => "changed",
    })
}

/// All of it as one observation. The restore took so many of the stack's seconds.
pub(super) fn measured(
    shared: &Shared,
    taken: &[Sample],
    measured: Measured,
    restored_after: f64,
    seen: Disrupted,
    after: Vec<Value>,
    found: &Recovered,
) -> Observation {
    let mut observation = Observation::of("measured")
        .with("samples", measured.samples)
        .with("lost", measured.lost)
        .with("unseen", measured.unseen)
        .with("availability", measured.availability)
        .with("longest_outage", measured.longest_outage)
        .with("time_to_restore", restored_after)
        .with("speed", shared.speed())
        .with("timeline", timeline(taken, 100))
        .with("during", seen.during)
        .with("after", after)
        .with("fail_open", seen.fail_open);
    let fields = &mut observation.fields;
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    put(
        "public_address",
        public_address(shared, found).map(Value::from),
    );
    put("recovery", measured.recovered_after.map(Value::from));
    put("time_to_disrupt", seen.stopped_after.map(Value::from));
    put("time_to_detect", seen.detected_after.map(Value::from));
    put("time_to_recover", found.healthy_after.map(Value::from));
    put("target_health", seen.health.map(Value::from));
    put("target_reason", seen.reason.map(Value::from));
    put("others_healthy", seen.others.map(Value::from));
    if let Some(before) = &shared.before.writer {
        put("writer_before", Some(json!(before)));
        put(
            "roles_swapped",
            Some(json!(seen.writer.as_ref().is_some_and(|now| now != before))),
        );
        put("writer_after", seen.writer.clone().map(Value::from));
    }
    observation
}
