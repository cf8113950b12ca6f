//! Reports to render: a student's broken stack, and one with every fault, every skip and hostile text.
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::fault::{Code, Layer, ProbeError};
use crate::language::ast::Severity;
use crate::observation::{Attempt, Attempts, Observation};
use crate::outcome::Outcome;
use crate::report::facts::{CheckFacts, RunFacts};
use crate::report::model::{Billed, BilledKind, Kind, Override, OverrideKind, Report, Selection};
use crate::result::{CheckResult, Expected, Mismatch, Skip, SkipKind};
use crate::text::Text;

pub type Pair = (CheckFacts, CheckResult);

pub fn text(ja: &str, en: &str) -> Text {
    Text {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

pub fn run() -> RunFacts {
    RunFacts {
        stack: "demo-broken".to_owned(),
        lab: "ha-web".to_owned(),
        lab_title: text(
            "Day 4: 高可用性システム",
            "Day 4: a highly available web app",
        ),
        phase: "end".to_owned(),
        region: "us-east-1".to_owned(),
        account: Some("account-1".to_owned()),
        profile: Some("class".to_owned()),
        started_at: "2026-01-15T13:04:05.678Z".parse::<Timestamp>().unwrap(),
        elapsed_ms: 6_540,
        checks_digest: "ab".repeat(32),
        demo: false,
        overrides: Vec::new(),
        fingerprint: Some("cd".repeat(32)),
        aws_calls: BTreeMap::from([("ec2:DescribeInstances".to_owned(), 1)]),
        selection: Selection::default(),
        interrupted: None,
        billed: Vec::new(),
    }
}

/// A check that passed.
pub fn passed(id: &str) -> Pair {
    let facts = CheckFacts {
        id: id.to_owned(),
        title: text(&format!("{id} の題"), &format!("{id}, the title")),
        phase: "hardened".to_owned(),
        kind: Kind::Resource,
        severity: Severity::Error,
        asserts: vec!["HA-404".to_owned()],
        points: 1.0,
        from: None,
        needs: Vec::new(),
        because: Vec::new(),
        agrees_with: Vec::new(),
        hints: Vec::new(),
        file: "checks/ha-web/hardened.yaml".to_owned(),
        line: 12,
        expects: "resource web_sg: ingress".to_owned(),
        selected: true,
    };
    let result = CheckResult {
        id: id.to_owned(),
        outcome: Outcome::Passed,
        mismatches: Vec::new(),
        step: None,
        error: None,
        skip: None,
        hint: None,
        attempts: Attempts::default(),
        elapsed_ms: 120,
    };
    (facts, result)
}

pub fn mismatch(path: &str, matcher: &str, value: Value, actual: Option<Value>) -> Mismatch {
    Mismatch {
        path: path.to_owned(),
        expected: Expected {
            matcher: matcher.to_owned(),
            value,
        },
        actual,
    }
}

pub fn failed(id: &str, mismatches: Vec<Mismatch>) -> Pair {
    let (facts, mut result) = passed(id);
    result.outcome = Outcome::Failed;
    result.mismatches = mismatches;
    (facts, result)
}

pub fn errored(id: &str, code: Code, target: &str) -> Pair {
    let (facts, mut result) = passed(id);
    result.outcome = Outcome::Errored;
    result.error = Some(ProbeError::new(
        code,
        Layer::Aws,
        target,
        "dispatch failure: timed out",
    ));
    (facts, result)
}

pub fn skipped(id: &str, kind: SkipKind, name: &str) -> Pair {
    let (facts, mut result) = passed(id);
    result.outcome = Outcome::Skipped;
    result.skip = Some(Skip {
        kind,
        name: name.to_owned(),
        detail: String::new(),
    });
    (facts, result)
}

pub fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

pub fn needing(mut pair: Pair, needs: &[&str]) -> Pair {
    pair.0.needs = ids(needs);
    pair
}

/// A skip for a need, by the need's id.
pub fn waiting(id: &str, need: &str) -> Pair {
    needing(skipped(id, SkipKind::Need, need), &[need])
}

pub fn because(mut pair: Pair, because: &[&str]) -> Pair {
    pair.0.because = ids(because);
    pair
}

pub fn titled(mut pair: Pair, ja: &str, en: &str) -> Pair {
    pair.0.title = text(ja, en);
    pair
}

pub fn hinted(mut pair: Pair, ja: &str, en: &str) -> Pair {
    pair.0.hints = vec![text(ja, en)];
    pair.1.hint = Some(0);
    pair
}

pub fn graded(mut pair: Pair, severity: Severity) -> Pair {
    pair.0.severity = severity;
    pair
}

pub fn saw(mut pair: Pair, target: &str, seen: Observation) -> Pair {
    pair.1.attempts = vec![Attempt {
        at_ms: 40,
        elapsed_ms: 5_000,
        target: target.to_owned(),
        seen: Ok(seen),
        pass: 0,
        step: 0,
        finally: false,
    }]
    .into();
    pair
}

/// Ten at night: the load balancer's name has a blank, the security group is open, the health check asks the wrong
/// path, a server is stopped.
pub fn student() -> Report {
    Report::assemble(run(), student_checks())
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn student_checks() -> Vec<Pair> {
    let open = json!({ "protocol": "tcp", "from_port": 3000, "to_port": 3000, "port": 3000, "source": "0.0.0.0/0", "source_kind": "cidr" });
    let ssh = json!({ "protocol": "tcp", "from_port": 22, "to_port": 22, "port": 22, "source": "203.0.113.7/32", "source_kind": "cidr" });
    let wide = json!({ "protocol": { "one_of": ["tcp", "all"] }, "from_port": { "at_most": 3000 }, "to_port": { "at_least": 3000 }, "source_kind": "cidr" });
    let sg = failed(
        "web-tier-only-from-alb",
        vec![
            mismatch(
                "ingress",
                "some",
                json!({ "protocol": "tcp", "port": 3000, "source": "sg-0a1b2c3d4e5f60718" }),
                Some(json!([ssh, open])),
            ),
            mismatch("ingress[1]", "none", wide, Some(open.clone())),
        ],
    );
    let sg = hinted(
        titled(
            sg,
            "Web サーバーには ALB からだけ届く",
            "The web servers are reached from the load balancer only",
        ),
        "EC2 コンソール →「セキュリティグループ」→ ha-web-server-sg →「インバウンドルールを編集」で、0.0.0.0/0 のルールを消し、カスタム TCP 3000、ソース ha-alb-sg を追加してください。",
        "EC2 console > Security Groups > ha-web-server-sg > Edit inbound rules: delete the rule from 0.0.0.0/0 and add Custom TCP 3000 with source ha-alb-sg.",
    );
    let near = json!([{ "name": "ha-system-alb ", "why": "trailing_blank", "where": "us-east-1" }]);
    let alb = saw(
        failed(
            "alb-exists",
            vec![mismatch(
                "outcome",
                "equals",
                json!("found"),
                Some(json!("not_found")),
            )],
        ),
        "load_balancer ha-system-alb",
        Observation::of("not_found").with("near", near),
    );
    let alb = hinted(
        titled(
            alb,
            "ALB ha-system-alb がある",
            "There is a load balancer ha-system-alb",
        ),
        "EC2 コンソール →「ロードバランサー」で、名前が ha-system-alb のものを作り直してください (名前は後から変えられません)。",
        "EC2 console > Load Balancers: create one named ha-system-alb (a name cannot be changed later).",
    );
    let path = hinted(
        titled(
            failed(
                "health-check-asks-the-root",
                vec![mismatch(
                    "health_check_path",
                    "equals",
                    json!("/"),
                    Some(json!("/index.html")),
                )],
            ),
            "ヘルスチェックパスは / である",
            "The health check asks for /",
        ),
        "EC2 コンソール →「ターゲットグループ」→「ヘルスチェック」→「編集」で、パスを / にしてください。",
        "EC2 console > Target Groups > Health checks > Edit: set the path to /.",
    );
    let stopped = hinted(
        titled(
            failed(
                "running[web2]",
                vec![mismatch(
                    "state",
                    "equals",
                    json!("running"),
                    Some(json!("stopped")),
                )],
            ),
            "ha-web-server-2 が動いている",
            "ha-web-server-2 is running",
        ),
        "EC2 コンソール →「インスタンス」→ ha-web-server-2 →「インスタンスの状態」→「開始」。",
        "EC2 console > Instances > ha-web-server-2 > Instance state > Start.",
    );
    let unexplained = titled(
        errored(
            "direct-access-times-out[web1]",
            Code::SilenceUnexplained,
            "tcp 203.0.113.10:3000",
        ),
        "直接は届かない",
        "Direct access times out",
    );
    let mut unexplained = unexplained;
    unexplained.0.agrees_with = ids(&["web-tier-only-from-alb"]);
    let cidr = graded(
        failed(
            "vpc-cidr-as-in-day3",
            vec![mismatch(
                "cidr_block",
                "equals",
                json!("10.0.0.0/24"),
                Some(json!("10.0.0.0/20")),
            )],
        ),
        Severity::Warning,
    );
    vec![
        passed("vpc-exists"),
        sg,
        alb,
        path,
        stopped,
        unexplained,
        waiting("alb-serves-app", "alb-exists"),
        needing(
            skipped(
                "direct-access-times-out[web2]",
                SkipKind::Need,
                "running[web2]",
            ),
            &["alb-serves-app", "running[web2]"],
        ),
        titled(
            cidr,
            "サブネットの範囲が Day 3 のとおり",
            "The subnets are as in Day 3",
        ),
        skipped(
            "survives-a-stopped-server",
            SkipKind::OptIn,
            "--allow-disruptive",
        ),
        passed("alb-sg-open-on-80"),
    ]
}

pub const CODES: [Code; 25] = [
    Code::NoCredentials,
    Code::ExpiredCredentials,
    Code::InvalidCredentials,
    Code::WrongAccount,
    Code::AccessDenied,
    Code::RegionDisabled,
    Code::Throttled,
    Code::ApiUnreachable,
    Code::ApiTimeout,
    Code::ApiFailed,
    Code::ApiMalformed,
    Code::ApiRejected,
    Code::VantageFailed,
    Code::ResolverFailed,
    Code::ResolverFilters,
    Code::OutcomeHidden,
    Code::SilenceUnexplained,
    Code::AnswerUnexplained,
    Code::LocalNetwork,
    Code::Template,
    Code::Deadline,
    Code::Interrupted,
    Code::Panicked,
    Code::NotInEvidence,
    Code::RunStoppedLooking,
];

/// What a stack may put into a tag, a banner or a page.
pub const HOSTILE: &str = "x\u{1b}[31m]]><script>&'\"\0\u{fffe}\u{ffff}\u{202e}\n::error::pwned\r\n##[command]%0A\u{9b}2J\u{200b}\\ud800\u{fffd}";

/// Every outcome, fault and skip, and hostile text wherever a stack or an author could put it.
pub fn everything() -> Report {
    let mut run = run();
    run.demo = true;
    run.stack = HOSTILE.to_owned();
    run.overrides = vec![Override {
        kind: OverrideKind::Endpoint,
        name: "*".to_owned(),
        value: "http://127.0.0.1:5555".to_owned(),
    }];
    let long = "長い".repeat(5_000);
    run.billed = (0..40)
        .map(|_| Billed {
            kind: BilledKind::Server,
            name: format!("{HOSTILE}{long}"),
        })
        .collect();
    let mut checks = student_checks();
    checks.extend(CODES.iter().enumerate().map(|(place, &code)| {
        errored(
            &format!("fault-{place}"),
            code,
            "ec2:DescribeVpcs (us-east-1)",
        )
    }));
    checks.extend([
        skipped("no-vantage", SkipKind::Vantage, "bastion"),
        skipped("no-login", SkipKind::Login, "db"),
        skipped("no-opt-in", SkipKind::OptIn, "--allow-writes"),
        waiting("no-need", "alb-exists"),
    ]);
    let near = json!([{ "name": HOSTILE, "why": "full_width", "where": long }, { "name": "y", "why": "not yet known" }, 7]);
    let hostile = saw(
        failed(
            HOSTILE,
            vec![mismatch(
                HOSTILE,
                HOSTILE,
                json!({ HOSTILE: long }),
                Some(json!([HOSTILE, long])),
            )],
        ),
        HOSTILE,
        Observation::of(HOSTILE).with("near", near),
    );
    checks.push(hinted(titled(hostile, HOSTILE, &long), &long, HOSTILE));
    let nulls = vec![mismatch(
        "tags.Name",
        "present",
        Value::Null,
        Some(Value::Null),
    )];
    checks.push(failed("null-is-nothing", nulls));
    let mut error = errored("hostile-error", Code::ApiRejected, HOSTILE);
    if let Some(error) = &mut error.1.error {
        HOSTILE.clone_into(&mut error.detail);
    }
    checks.push(error);
    checks.push(skipped("hostile-skip", SkipKind::Vantage, HOSTILE));
    Report::assemble(run, checks)
}
