//! The vantage `ssm` against the replica's Systems Manager: commands, and what keeps one from being run.
use std::time::Duration;

use super::{LONG, SHORT, observe};
use crate::aws::{Access, Aws, Credentials, Kind, at};
use crate::fault::{Code, Layer};
use crate::observe::{Command, Line, Parser, Request, Ssm, SsmSettings, Vantage};

/// Lab 000 as it should stand, but for faults, under a policy.
pub struct Managed {
    pub replica: replica::Replica,
    pub aws: Aws,
}

impl Managed {
    pub async fn start(faults: &[&str], allowed: Option<&[&str]>) -> Self {
        let replica = replica::Replica::start(replica::Options {
            lab: "ha-web".to_owned(),
            phase: "end".to_owned(),
            faults: faults.iter().map(ToString::to_string).collect(),
            allowed: allowed.map(|actions| actions.iter().map(ToString::to_string).collect()),
            ..replica::Options::default()
        })
        .await
        .unwrap();
        let aws = Aws::connect(Access {
            region: "us-east-1".to_owned(),
            endpoint_url: Some(replica.endpoint_url()),
            endpoint_urls: std::collections::BTreeMap::new(),
            credentials: Credentials::Fixed {
                access_key_id: replica.access_key_id().to_owned(),
                secret_access_key: replica.secret_access_key().to_owned(),
                session_token: None,
            },
            expect_account: None,
            isolated: true,
        })
        .await
        .unwrap();
        Self { replica, aws }
    }

    /// A server, through Systems Manager.
    pub async fn vantage(&self, name: &str, settings: SsmSettings) -> Vantage {
        let servers = self
            .aws
            .elsewhere(Kind::Instance, "us-east-1")
            .await
            .unwrap();
        let server = servers
            .iter()
            .find(|server| at(server, &["name"]) == Some(name))
            .unwrap();
        let id = at(server, &["id"]).unwrap().to_owned();
        Vantage::Ssm(Ssm::new(self.aws.clone(), id, settings))
    }

    async fn first(&self) -> Vantage {
        self.vantage("ha-web-server-1", SsmSettings::default())
            .await
    }
}

fn command(words: &[&str]) -> Request {
    Request::Command(Command {
        line: Line::Words(words.iter().map(ToString::to_string).collect()),
        parse: Some(Parser::Lines),
        capture: Vec::new(),
    })
}

#[tokio::test]
async fn a_command_runs_as_root_and_its_end_is_observed() {
    let stack = Managed::start(&[], None).await;
    let vantage = stack.first().await;
    let ready = observe(&Request::Ready, &vantage, LONG).await.unwrap();
    assert_eq!(ready.outcome, "ready");
    for (words, code, line) in [
        (&["whoami"][..], 0, Some("root")),
        (&["bash", "-c", "exit 3"], 3, None),
        (&["no-such-program"], 127, None),
    ] {
        let seen = observe(&command(words), &vantage, LONG).await.unwrap();
        assert_eq!(seen.outcome, "exited", "{words:?}");
        assert_eq!(seen.fields["exit_code"], code, "{words:?}");
        assert_eq!(seen.fields["lines"][0].as_str(), line, "{words:?}");
        assert_eq!(seen.fields["truncated"], false);
    }
}

#[tokio::test]
async fn a_command_that_is_still_at_work_is_a_timeout_and_not_the_vantages_failure() {
    let stack = Managed::start(&[], None).await;
    let vantage = stack.first().await;
    let seen = observe(&command(&["sleep", "100"]), &vantage, 2 * SHORT).await;
    assert_eq!(seen.unwrap().outcome, "timeout");
}

#[tokio::test]
async fn an_output_without_end_is_cut_and_said_to_be() {
    let stack = Managed::start(&[], None).await;
    let mut words = vec!["cat"];
    words.extend(["/var/www/html/server.js"; 400]);
    let seen = observe(&command(&words), &stack.first().await, LONG)
        .await
        .unwrap();
    assert_eq!(seen.fields["truncated"], true);
    assert!(seen.fields["stdout"]["bytes"].as_u64().unwrap() >= 24_000);
}

#[tokio::test]
async fn an_instance_that_systems_manager_does_not_know_is_seen_by_its_own_probe_and_fails_the_others()
 {
    let stack = Managed::start(&["server-2-profile-without-ssm"], None).await;
    let vantage = stack
        .vantage("ha-web-server-2", SsmSettings::default())
        .await;
    let seen = observe(&Request::Ready, &vantage, LONG).await.unwrap();
    assert_eq!(seen.outcome, "not_managed");
    let error = observe(&command(&["true"]), &vantage, LONG)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.layer),
        (Code::VantageFailed, Layer::Vantage)
    );
    assert!(error.detail.contains("not_managed"), "{error}");
}

#[tokio::test]
async fn what_is_not_allowed_or_not_answered_is_ours() {
    let described = ["ec2:DescribeInstances", "ssm:SendCommand"];
    let stack = Managed::start(&[], Some(&described)).await;
    let error = observe(&Request::Ready, &stack.first().await, LONG).await;
    assert_eq!(
        error.unwrap_err().code,
        Code::AccessDenied,
        "to ask for the answer"
    );
    let stack = Managed::start(&[], Some(&described[..1])).await;
    let error = observe(&Request::Ready, &stack.first().await, LONG).await;
    assert_eq!(error.unwrap_err().code, Code::AccessDenied, "to send");
}

#[tokio::test]
async fn a_command_that_was_not_even_sent_in_time_is_ours_and_no_verdict_about_the_instance() {
    let stack = Managed::start(&[], None).await;
    let vantage = stack.first().await;
    let error = observe(&Request::Ready, &vantage, Duration::ZERO).await;
    let error = error.unwrap_err();
    assert_eq!((error.code, error.layer), (Code::ApiTimeout, Layer::Aws));
}
