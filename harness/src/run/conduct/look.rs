//! Checks of the lab as a drill looks at them: on the side, while the run's own wait.
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Shared, fault};
use crate::fault::Code;
use crate::judge::gate::{Gate, aim};
use crate::judge::verdict::judge;
use crate::observation::Attempts;
use crate::outcome::Outcome;
use crate::plan::Check;
use crate::run::attempt::{looked_long_enough, observe_check};
use crate::world::Blocked;

/// Looks at checks of the lab until they hold, or the time to settle is over.
pub(super) async fn look_at(shared: &Shared, ids: &[String], began: Instant) -> Vec<Value> {
    let context = &shared.context;
    let mut told = Vec::new();
    for id in ids {
        let Some(check) = context.plan.check(id) else {
            continue;
        };
        let check = Check {
            eventually: Some(shared.real(shared.budget.settle)),
            ..(**check).clone()
        };
        let names = context.with_world(|world| world.names_for(&check));
        let attempts = match &names {
            Ok(names) => observe_check(&check, names, context).await.into(),
            Err(_) => Attempts::default(),
        };
        let passed = |_: &str| Some(Outcome::Passed);
        let enough = looked_long_enough(&check, &attempts, context.wait);
        let result = context.with_world(|world| {
            let gate = match &names {
                Ok(names) => match aim(check.first(), world, names, &context.logins) {
                    Ok(aim) => Gate::Open(aim),
                    Err(Blocked::Fault(error)) => Gate::Fault(error),
                    Err(Blocked::Missing { name, detail }) => {
                        Gate::Fault(fault(Code::Template, &name, detail))
                    }
                },
                Err(Blocked::Fault(error)) => Gate::Fault(error.clone()),
                Err(Blocked::Missing { name, detail }) => {
                    Gate::Fault(fault(Code::Template, name, detail))
                }
            };
            judge(&check, world, &gate, &attempts, &passed, enough)
        });
        let detail = match (&result.error, result.mismatches.first()) {
            (Some(error), _) => error.to_string(),
            (None, Some(mismatch)) => format!(
                "{}: {}",
                mismatch.path,
                mismatch.actual.clone().unwrap_or_default()
            ),
            _ => String::new(),
        };
        told.push(json!({
            "check": id,
            "outcome": result.outcome.as_str(),
            "seconds": shared.since(began),
            "detail": detail,
        }));
    }
    told
}
