//! The steady state that a drill samples.
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::fault;
use crate::drill::sampler::Look;
use crate::fault::{Code, ProbeError};
use crate::judge::gate::{Aim, aim};
use crate::judge::verdict::{At, walk};
use crate::observation::Attempt;
use crate::observe::{Held, observe_at_most};
use crate::plan::{Check, Drill, INTERNET};
use crate::run::schedule::Context;

/// The steady state: one look at it, on a fresh connection each time.
pub(super) struct Steady {
    check: Arc<Check>,
    names: Value,
    context: Arc<Context>,
    timeout: Duration,
}

impl Steady {
    pub(super) fn of(
        drill: &Drill,
        context: Arc<Context>,
        names: Value,
    ) -> Result<Self, ProbeError> {
        let check = context.plan.check(&drill.steady_state).cloned();
        let check =
            check.ok_or_else(|| fault(Code::DrillRefused, &drill.steady_state, "no such check"))?;
        let own = context.with_world(|world| world.names_for(&check));
        let timeout = check
            .timeout
            .div_f64(context.drills.speed)
            .max(Duration::from_millis(500));
        Ok(Self {
            names: own.unwrap_or(names),
            check,
            context,
            timeout,
        })
    }

    /// One look. What could not be observed is a reason of ours, and not the stack's.
    pub(super) async fn look(&self) -> Look {
        let (step, context) = (self.check.first(), &self.context);
        let aimed = context.with_world(|world| aim(step, world, &self.names, &context.logins));
        let Ok(Aim::Dial(request)) = aimed else {
            return Look::Unseen;
        };
        let from = step.from.as_deref().unwrap_or(INTERNET);
        let Ok(vantage) = context.vantage(from).await else {
            return Look::Unseen;
        };
        let mut held = Held::default();
        let (aim, most) = ((&request, &vantage), self.timeout * 2);
        let Ok(seen) = observe_at_most(most, aim, &mut held, self.timeout).await else {
            return Look::Lost;
        };
        let attempt = Attempt {
            at_ms: 0,
            elapsed_ms: 0,
            target: String::new(),
            seen,
            pass: 0,
            step: 0,
            finally: false,
        };
        match walk(&self.check, &self.names, &[attempt], 0).at {
            // `times` asks for as many looks; the sampler takes them one by one.
            At::Holds(..) | At::Next(_) => Look::Held,
            At::Differs(..) => Look::Lost,
            At::Trouble(_) | At::Blocked(_) => Look::Unseen,
        }
    }
}
