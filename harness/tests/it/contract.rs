//! The contract as users meet it: exit codes, libtest's flags, and reports that are there whatever becomes of the run.
//! The runner's face is met by its hidden name in the binary; `fixtures/contract/cargo-test.sh` meets it under cargo.
use std::collections::BTreeSet;

use crate::face::{Ended, Face, Trap};

/// A stack that waits for minutes for something that does not come, when much is judged already.
const NEVER_SETTLES: &str = "lab: ha-web\nvars: { settle: 10m }\nreplica: { faults: [web-sg-egress-removed, alb-rule-missing] }\n";

/// The rows of `--list` in libtest's form.
fn listed(ended: &Ended) -> BTreeSet<String> {
    ended
        .stdout
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

/// The ids that libtest's lines name.
fn ran(ended: &Ended) -> BTreeSet<String> {
    let lines = ended.stdout.lines().filter(|line| line.contains(" ... "));
    lines
        .filter_map(|line| line.strip_prefix("test ")?.split(" ... ").next())
        .map(|id| id.trim().to_owned())
        .collect()
}

fn has_all_reports(ended: &Ended) {
    for name in ["result.json", "junit.xml", "evidence.json"] {
        assert!(!ended.report(name).is_empty(), "{name}");
    }
}

#[test]
fn a_stack_without_the_vantages_that_the_lab_can_do_without_is_graded_whole() {
    let ended = Face::run()
        .stack("lab: ha-web\nreplica: { speed: 20 }\n")
        .args("--lang en")
        .end()
        .exits(0)
        .says("With vantages.web1:")
        .says("outside this score");
    let skipped = ended.check("service-runs[web1]");
    assert_eq!(skipped["skip"]["kind"], "optional_vantage");
    assert_eq!(ended.result()["score"]["complete"], true);
}

#[test]
fn a_stack_file_to_fill_in_names_every_vantage_that_the_lab_knows() {
    for (lab, vantages) in [
        ("ha-web", ["web1", "web2"]),
        ("aurora-wordpress", ["bastion", "web2"]),
    ] {
        let ended = Face::command("init")
            .args(&format!("--lab {lab}"))
            .end()
            .exits(0);
        for vantage in vantages {
            assert!(
                ended.stdout.contains(&format!("#   {vantage}: {{ ssh:")),
                "{}",
                ended.stdout
            );
        }
    }
}

// --- exit codes ------------------------------------------------------------------------------------------------------

#[test]
fn a_stack_on_which_everything_passes_exits_0() {
    let ended = Face::run().args("--stack demo --phase vpc").end().exits(0);
    has_all_reports(&ended);
    assert!(ended.outcomes().values().all(|outcome| outcome == "passed"));
}

#[test]
fn a_failed_check_exits_101_and_reports_are_written() {
    let ended = Face::run()
        .args("--phase vpc")
        .stack("lab: ha-web\nreplica: { faults: [vpc-cidr-10-1] }\n")
        .end()
        .exits(101);
    assert_eq!(ended.check("vpc-cidr")["outcome"], "failed");
    has_all_reports(&ended);
}

#[test]
fn checks_without_a_verdict_exit_3_and_101_under_cargo_test() {
    let stack = "lab: ha-web\nreplica: { faults: [api-access-denied] }\n";
    let ended = Face::run().args("--phase vpc").stack(stack).end().exits(3);
    assert_eq!(ended.check("vpc-exists")["outcome"], "errored");
    Face::runner()
        .args("--phase vpc")
        .stack(stack)
        .end()
        .exits(101);
}

#[test]
fn a_filter_that_selects_nothing_exits_4_before_anything_is_called() {
    for face in [Face::run(), Face::runner()] {
        let ended = face.args("--stack demo no-such-check").end().exits(4);
        assert!(ended.wrote_nothing());
    }
}

#[test]
fn wrong_usage_exits_2() {
    Face::run().args("--no-such-flag").end().exits(2);
    Face::run()
        .args("--stack demo --phase middle")
        .end()
        .exits(2);
    Face::runner()
        .args("--stack demo --phase middle")
        .end()
        .exits(2);
    Face::runner().args("--test-threads=0").end().exits(2);
    Face::run().args("--threads 0").end().exits(2);
}

#[test]
fn what_cannot_be_loaded_exits_78() {
    Face::run().args("--stack nope").end().exits(78);
    Face::runner().args("--stack nope").end().exits(78);
    Face::run()
        .stack("lab: ha-web\nregoin: us-east-1\n")
        .end()
        .exits(78);
}

#[test]
fn a_reports_folder_that_cannot_be_written_exits_74_before_any_call() {
    for face in [Face::run(), Face::runner()] {
        let trap = Trap::set();
        // A file in the place of the folder: root could write into any folder.
        let reports = face.file("taken", "").join("reports");
        let ended = face
            .env("LABCHECK_REPORTS", reports)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stack(&format!("lab: ha-web\nendpoint_url: {}\n", trap.url()))
            .end()
            .exits(74)
            .complains("reports cannot be written to");
        assert_eq!(ended.stdout, "");
        trap.was_left_alone();
    }
}

#[test]
fn a_report_that_cannot_be_replaced_exits_74_and_the_others_are_written() {
    let face = Face::run().args("--stack demo --phase vpc");
    face.file("reports/junit.xml/full", "");
    let ended = face
        .end()
        .exits(74)
        .complains("junit.xml could not be written");
    assert!(ended.outcomes().contains_key("vpc-exists"));
    assert!(!ended.report("evidence.json").is_empty());
    assert!(
        ended.stdout.contains("vpc"),
        "the report is shown all the same\n{}",
        ended.told()
    );
}

#[test]
fn ctrl_c_exits_130_with_the_reports_of_what_was_done() {
    interrupted_by("INT", 130, "interrupt");
}

#[test]
fn the_end_of_a_ci_job_exits_143_with_the_reports_of_what_was_done() {
    interrupted_by("TERM", 143, "terminate");
}

fn interrupted_by(signal: &str, code: i32, named: &str) {
    let mut running = Face::runner().stack(NEVER_SETTLES).start();
    running.wait_for("test vpc-exists ");
    running.signal(signal);
    let ended = running.end().exits(code);
    has_all_reports(&ended);
    assert_eq!(ended.result()["interrupted"], named);
    let outcomes = ended.outcomes();
    assert_eq!(outcomes["vpc-exists"], "passed", "what was done stays");
    let healthy = ended.check("a-target-healthy");
    assert_eq!(healthy["outcome"], "errored", "{healthy}");
    assert_eq!(healthy["error"]["code"], "interrupted");
    assert_eq!(ran(&ended).len(), outcomes.len(), "each check has its line");
}

#[test]
fn a_signal_while_the_first_call_hangs_ends_the_run_with_its_reports() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 143)] {
        let trap = Trap::set();
        let running = Face::run()
            .args("--phase vpc")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stack(&format!("lab: ha-web\nendpoint_url: {}\n", trap.url()))
            .start();
        let _held = trap.caught();
        running.signal(signal);
        let ended = running.end().exits(code);
        has_all_reports(&ended);
        assert!(
            ended
                .outcomes()
                .values()
                .all(|outcome| outcome == "errored")
        );
    }
}

// --- whoever reads goes away -------------------------------------------------------------------------------------------

#[test]
fn a_reader_that_goes_away_takes_no_report_with_it() {
    for arguments in ["", "--test-threads=1"] {
        let face = Face::runner().args(arguments);
        has_all_reports(
            &face
                .args("--stack demo --phase vpc")
                .unheard()
                .end()
                .exits(0),
        );
    }
    let face = Face::run().args("--stack demo --phase vpc");
    has_all_reports(&face.unheard().end().exits(0));
}

#[test]
fn a_pipe_into_head_leaves_the_reports_and_the_exit_code() {
    let binary = env!("CARGO_BIN_EXE_labcheck");
    for command in ["run", "test --test-threads=1", "test"] {
        let mut shell = std::process::Command::new("bash");
        let script = format!(
            "{binary} {command} --stack demo --phase vpc | head -1; exit ${{PIPESTATUS[0]}}"
        );
        shell.args(["-c", &script]);
        let ended = Face::program(shell).end().exits(0);
        assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.told());
        has_all_reports(&ended);
    }
}

// --- libtest's face ----------------------------------------------------------------------------------------------------

#[test]
fn without_a_stack_the_first_and_the_last_line_say_that_it_is_the_demo() {
    for lang in ["ja", "en"] {
        for face in [Face::run(), Face::runner()] {
            let ended = face.args("--phase vpc --lang").arg(lang).end().exits(0);
            let first = ended.stdout.lines().next().unwrap_or_default();
            let last = ended.stdout.lines().last().unwrap_or_default();
            assert!(first.starts_with("DEMO  "), "{}", ended.told());
            assert_eq!(first, last);
            assert_eq!(ended.result()["demo"], true);
        }
    }
}

#[test]
fn listing_calls_nobody_and_writes_nothing() {
    for face in [Face::run(), Face::runner()] {
        let trap = Trap::set();
        let ended = face
            .args("--list")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stack(&format!("lab: ha-web\nendpoint_url: {}\n", trap.url()))
            .end()
            .exits(0);
        assert!(ended.stdout.contains("vpc-exists"), "{}", ended.told());
        assert!(!ended.reports().exists());
        trap.was_left_alone();
    }
}

#[test]
fn the_list_is_what_is_run() {
    let list = Face::runner().args("--phase vpc --list").end().exits(0);
    let run = Face::runner().args("--phase vpc").end().exits(0);
    assert!(!listed(&list).is_empty());
    assert_eq!(listed(&list), ran(&run));
    assert_eq!(listed(&list).len(), run.outcomes().len());
}

#[test]
fn a_list_of_the_ignored_is_empty_and_no_error_for_it_is_nextests_question() {
    let ended = Face::runner()
        .args("--list --format terse --ignored")
        .end()
        .exits(0);
    assert!(listed(&ended).is_empty(), "{}", ended.told());
}

#[test]
fn ignored_alone_runs_nothing_and_says_so() {
    let ended = Face::runner()
        .args("--ignored")
        .end()
        .exits(4)
        .complains("--allow-writes");
    assert!(ended.wrote_nothing());
}

#[test]
fn include_ignored_is_no_opt_in() {
    let ended = Face::runner()
        .args("--phase vpc --include-ignored")
        .end()
        .exits(0);
    assert_eq!(
        ended.result()["selection"]["opt_ins"],
        serde_json::json!([])
    );
    let calls = ended.result()["aws_calls"].clone();
    for call in calls.as_object().expect("calls").keys() {
        let operation = call.split(':').nth(1).unwrap_or_default();
        assert!(
            operation.starts_with("Describe") || operation.starts_with("Get"),
            "{call}"
        );
    }
}

#[test]
fn one_thread_runs_the_same_in_the_plans_order() {
    let many = Face::runner().args("--phase vpc").end().exits(0);
    for face in [
        Face::runner().args("--phase vpc --test-threads=1"),
        Face::run().args("--phase vpc --threads 1"),
    ] {
        assert_eq!(face.end().exits(0).outcomes(), many.outcomes());
    }
}

#[test]
fn exact_runs_one_check_and_what_it_needs_shows_as_a_cause_only() {
    let ended = Face::runner()
        .args("--phase vpc --exact vpc-cidr")
        .end()
        .exits(0);
    assert_eq!(ran(&ended), BTreeSet::from(["vpc-cidr".to_owned()]));
    assert!(ended.stdout.contains("running 1 test"), "{}", ended.told());
    assert_eq!(ended.result()["score"], serde_json::Value::Null);
    Face::runner()
        .args("--phase vpc --exact vpc-cid")
        .end()
        .exits(4);
}

#[test]
fn a_filter_reports_what_contains_it_and_skip_leaves_out() {
    let subnets = Face::runner().args("--phase vpc subnets").end().exits(0);
    assert!(ran(&subnets).len() > 1);
    assert!(ran(&subnets).iter().all(|id| id.contains("subnets")));
    let fewer = Face::runner()
        .args("--phase vpc subnets --skip private")
        .end()
        .exits(0);
    assert!(!ran(&fewer).is_empty());
    assert!(ran(&fewer).iter().all(|id| !id.contains("private")));
    assert!(ran(&fewer).len() < ran(&subnets).len());
}

#[test]
fn a_failed_need_of_a_selected_check_is_named_as_its_cause() {
    let ended = Face::runner()
        .args("--phase vpc --exact vpc-cidr")
        .stack("lab: ha-web\nreplica: { faults: [vpc-named-twice] }\n")
        .end()
        .exits(101);
    assert_eq!(ended.check("vpc-exists")["outcome"], "failed");
    assert_eq!(ended.check("vpc-exists")["selected"], false);
    assert_eq!(ended.check("vpc-cidr")["outcome"], "skipped");
    assert!(
        ended.stdout.contains("employee-app-vpc-vpc"),
        "{}",
        ended.told()
    );
}

#[test]
fn libtests_json_is_all_that_standard_output_holds() {
    let ended = Face::runner()
        .args("--phase vpc --format json -Z unstable-options")
        .end()
        .exits(0);
    for line in ended.stdout.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "{line}"
        );
    }
    assert!(ended.stderr.starts_with("DEMO"), "{}", ended.told());
}

// --- options by their environment names ----------------------------------------------------------------------------------

#[test]
fn each_option_has_a_name_in_the_environment() {
    let ended = Face::runner()
        .env("LABCHECK_STACK", "demo")
        .env("LABCHECK_LAB", "ha-web")
        .env("LABCHECK_PHASE", "vpc")
        .env("LABCHECK_LANG", "ja")
        .env("LABCHECK_CHECKS", "checks")
        .env("LABCHECK_NO_WAIT", "1")
        .env("LABCHECK_ALLOW_WRITES", "1")
        .env("LABCHECK_ALLOW_DISRUPTIVE", "0")
        .end()
        .exits(0)
        .says("合格");
    assert_eq!(ended.result()["phase"], "vpc");
    assert_eq!(
        ended.result()["selection"]["opt_ins"],
        serde_json::json!(["--allow-writes"])
    );
}

#[test]
fn the_language_is_the_terminals_and_japanese_where_nothing_is_said() {
    for (name, value, word) in [
        ("LANG", "en_US.UTF-8", "passed"),
        ("LC_ALL", "en_GB.UTF-8", "passed"),
        ("LANG", "ja_JP.UTF-8", "合格"),
        ("LANG", "C.UTF-8", "合格"),
        ("LANG", "", "合格"),
    ] {
        Face::command("run")
            .env(name, value)
            .args("--phase vpc")
            .end()
            .exits(0)
            .says(word);
    }
}

// --- credentials -------------------------------------------------------------------------------------------------------

#[test]
fn the_demo_looks_at_no_aws_variable_profile_or_proxy() {
    let trap = Trap::set();
    for arguments in ["--stack demo --phase vpc", "--phase vpc"] {
        let face = Face::run();
        // Whoever opens it waits for ever.
        let pipe = face.home().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is there").success());
        let mut face = face.args(arguments).env("AWS_PROFILE", "of-last-year");
        for name in [
            "AWS_CONFIG_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
        ] {
            face = face.env(name, &pipe);
        }
        for name in [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_EC2",
            "AWS_ENDPOINT_URL_STS",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            face = face.env(name, trap.url());
        }
        let ended = face
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "of-last-year")
            .env("AWS_SESSION_TOKEN", "of-last-year")
            .env("AWS_REGION", "eu-south-9")
            .env(
                "AWS_ROLE_ARN",
                "arn:aws:iam::123456789012:role/of-last-year",
            )
            .end()
            .exits(0);
        let result = ended.result();
        assert_eq!(result["overrides"], serde_json::json!([]));
        assert_eq!(result["profile"], serde_json::Value::Null);
        assert_eq!(result["region"], "us-east-1");
    }
    trap.was_left_alone();
}

#[test]
fn without_credentials_one_root_says_where_to_get_them() {
    let trap = Trap::set();
    let ended = Face::run()
        .args("--phase vpc")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", trap.url())
        .stack(&format!("lab: ha-web\nendpoint_url: {}\n", trap.url()))
        .end()
        .exits(3)
        .says("no AWS credentials were found")
        .says("AWS Details");
    assert_eq!(
        ended.stdout.matches("1. no AWS credentials").count(),
        2,
        "{}",
        ended.told()
    );
    assert!(!ended.stdout.contains("\n2. "), "{}", ended.told());
    assert!(ended.outcomes().values().all(|outcome| outcome != "failed"));
    trap.was_left_alone();
}

#[test]
fn expired_credentials_are_one_root_and_say_how_to_renew_them() {
    let ended = Face::run()
        .args("--phase vpc")
        .stack("lab: ha-web\nreplica: { faults: [credentials-expired] }\n")
        .end()
        .exits(3)
        .says("the AWS credentials have expired")
        .says("Start Lab");
    assert!(!ended.stdout.contains("\n2. "), "{}", ended.told());
}

#[test]
fn a_profile_that_no_file_defines_exits_78_and_those_that_there_are_are_named() {
    let face = Face::run().args("--phase vpc");
    face.file(".aws/config", "[profile class]\nregion = us-east-1\n");
    face.file(
        ".aws/credentials",
        "[default]\naws_access_key_id = x\naws_secret_access_key = y\n",
    );
    let ended = face
        .stack("lab: ha-web\nprofile: clas\n")
        .end()
        .exits(78)
        .complains("clas")
        .complains("there are class, default");
    assert!(ended.wrote_nothing());
}
