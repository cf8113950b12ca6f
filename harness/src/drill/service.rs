//! A service on a server of the stack: asked after, stopped and started by commands on its host.
use std::time::Duration;

use crate::fault::{Code, Layer, ProbeError};
use crate::observation::Observation;
use crate::observe::{self, Command, Held, Line, Parser, Request, Vantage};

/// How long one command may take: a unit is given 90 seconds to stop by systemd itself.
const TIMEOUT: Duration = Duration::from_secs(100);

/// What systemd says of a unit that runs.
pub const ACTIVE: &str = "active";

/// A unit, and the host that it runs on.
#[derive(Clone, Debug)]
pub struct Service {
    /// As systemd knows it.
    pub unit: String,
    /// The vantage whose host it is.
    pub host: Vantage,
}

impl Service {
    /// Its state, in systemd's words: `active`, `inactive`, `failed`; `not-found` where there is no such unit.
    ///
    /// # Errors
    /// The host could not be asked.
    pub async fn state(&self) -> Result<String, ProbeError> {
        let words = [
            "systemctl",
            "show",
            &self.unit,
            "-p",
            "ActiveState",
            "-p",
            "LoadState",
        ];
        let seen = self.run(&words, Some(Parser::SystemctlShow)).await?;
        let told = |property: &str| seen.fields.get("unit")?.get(property)?.as_str();
        match (told("LoadState"), told("ActiveState")) {
            (Some("not-found"), _) => Ok("not-found".to_owned()),
            (_, Some(state)) => Ok(state.to_owned()),
            (_, None) => Err(self.fault(
                "systemctl show",
                "it does not say in which state the unit is",
            )),
        }
    }

    /// Stops it.
    ///
    /// # Errors
    /// The host could not be reached, or refuses.
    pub async fn stop(&self) -> Result<(), ProbeError> {
        self.turn("stop").await
    }

    /// Starts it.
    ///
    /// # Errors
    /// The host could not be reached, or refuses.
    pub async fn start(&self) -> Result<(), ProbeError> {
        self.turn("start").await
    }

    async fn turn(&self, verb: &str) -> Result<(), ProbeError> {
        let seen = self
            .run(&["sudo", "-n", "systemctl", verb, &self.unit], None)
            .await?;
        match seen
            .fields
            .get("exit_code")
            .and_then(serde_json::Value::as_u64)
        {
            Some(0) => Ok(()),
            code => {
                let code = code.map_or_else(|| "none".to_owned(), |code| code.to_string());
                Err(self.fault(
                    verb,
                    &format!("`sudo -n systemctl {verb} {}`: exit code {code}", self.unit),
                ))
            }
        }
    }

    async fn run(&self, words: &[&str], parse: Option<Parser>) -> Result<Observation, ProbeError> {
        let request = Request::Command(Command {
            line: Line::Words(words.iter().map(|&word| word.to_owned()).collect()),
            parse,
            capture: Vec::new(),
        });
        let seen = observe::observe(&request, &self.host, &mut Held::default(), TIMEOUT).await?;
        if seen.outcome == "exited" {
            Ok(seen)
        } else {
            let detail = format!("no end of `{}`: {}", words.join(" "), seen.outcome);
            Err(ProbeError::new(
                Code::VantageFailed,
                Layer::Vantage,
                self.unit.clone(),
                detail,
            ))
        }
    }

    fn fault(&self, what: &str, detail: &str) -> ProbeError {
        let target = format!("{what} {}", self.unit);
        ProbeError::new(Code::DrillRefused, Layer::Harness, target, detail)
    }
}
