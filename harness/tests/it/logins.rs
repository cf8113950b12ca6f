//! A login whose password is in a variable: with it the checks run, without it they are skipped, saying which, and
//! everything else has the outcome that it had.
use std::collections::BTreeMap;

use serde_json::Value;

use crate::deployed::{Deployed, told};
use crate::support::Lab;

/// The variable that the stack file names.
const VARIABLE: &str = "WORDPRESS_DB_PASSWORD";

/// Not one of its checks but it needs the login, if only by what it needs.
fn skipped_for_the_login(check: &Value) -> bool {
    check["skip"]["kind"] == "login"
}

/// The checks by id, and what the screen said.
async fn graded(stack: &Deployed, password: Option<&str>) -> (BTreeMap<String, Value>, String) {
    let mut command = stack.command(&["run", "--phase", "connection-check", "--no-wait"]);
    match password {
        Some(password) => command.env(VARIABLE, password),
        None => command.env_remove(VARIABLE),
    };
    let output = stack.ended(command.spawn().expect("the binary")).await;
    let text = std::fs::read_to_string(stack.path("reports/result.json"));
    let result: Value = serde_json::from_str(&text.expect("a result")).expect("JSON");
    let checks = result["checks"].as_array().expect("checks");
    let by_id = checks.iter().map(|check| {
        let id = check["id"].as_str().expect("an id").to_owned();
        (id, check.clone())
    });
    (by_id.collect(), told(&output))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_variable_a_logins_checks_are_skipped_saying_which_and_the_rest_runs() {
    let stack = Deployed::of(Lab::AuroraWordpress, &[], None).await;
    let password = std::fs::read_to_string(stack.path("password")).expect("the password");
    let bed = stack.path("bed.yaml");
    let text = std::fs::read_to_string(&bed).expect("the stack file");
    let text = text.replace("file: password", &format!("env: {VARIABLE}"));
    assert!(text.contains(VARIABLE), "{text}");
    std::fs::write(&bed, text).expect("written");

    let (with, _) = graded(&stack, Some(password.trim())).await;
    assert_eq!(with["database-login"]["outcome"], "passed");
    assert!(!with.values().any(skipped_for_the_login));

    // Empty is as good as not set: nobody's password is empty.
    for unset in [None, Some("")] {
        let (without, screen) = graded(&stack, unset).await;
        let login = &without["database-login"]["skip"];
        assert_eq!(login["kind"], "login", "{login}");
        assert_eq!(login["name"], "db", "{login}");
        assert_eq!(
            login["detail"],
            format!("the variable {VARIABLE} is not set"),
            "{login}"
        );
        assert!(screen.contains(VARIABLE), "{screen}");
        for (id, check) in &without {
            if skipped_for_the_login(check) || check["skip"]["kind"] == "need" {
                continue;
            }
            assert_eq!(check["outcome"], with[id]["outcome"], "{id}: {check}");
        }
        let ran = without
            .values()
            .filter(|check| check["outcome"] == "passed");
        assert!(ran.count() > 20, "the rest runs: {screen}");
        // And what is skipped for a need leads to the login, unless it is so with it, too.
        for (id, check) in &without {
            if check["skip"] == with[id]["skip"] {
                continue;
            }
            let mut at = check;
            while at["skip"]["kind"] == "need" {
                at = &without[at["skip"]["name"].as_str().expect("its need")];
            }
            if check["skip"]["kind"] == "need" {
                assert!(skipped_for_the_login(at), "{id}: {check}");
            }
        }
    }
}
