//! No output of any command holds a password, a key, a credential, an account's id or a person's address, whatever fails.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use crate::face::{Ended, Face};

const ACCOUNT: &str = "123456789012";
const PERSON: &str = "taro.yamada@example.ac.jp";
const CREDENTIAL: &str = "SeededCredential0000111122223333";
const TOKEN: &str = "SeededToken4444555566667777";
const PASSWORD: &str = "SeededPassword-8888";
const OTHER_PASSWORD: &str = "SeededPassword-9999";
const KEY: &str = "U2VlZGVkS2V5MTExMTIyMjIzMzMz";
const SECRETS: [&str; 7] = [
    ACCOUNT,
    PERSON,
    CREDENTIAL,
    TOKEN,
    PASSWORD,
    OTHER_PASSWORD,
    KEY,
];

/// An AWS that knows who asks and forbids everything else, saying to whom.
fn forbidding() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(&stream));
        }
    });
    address
}

fn answer(mut stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    let _whole = reader.read_exact(&mut body);
    let who = format!("arn:aws:sts::{ACCOUNT}:assumed-role/voclabs/user1={PERSON}");
    let (status, body) = if String::from_utf8_lossy(&body).contains("GetCallerIdentity") {
        (
            "200 OK",
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>{who}</Arn><UserId>AROAEXAMPLE:user1={PERSON}</UserId><Account>{ACCOUNT}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        )
    } else {
        let why = format!("User: {who} is not authorized; by {PERSON} of {ACCOUNT}");
        (
            "403 Forbidden",
            format!(
                "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>{why}</Message></Error></Errors>\
                 <Error><Code>AccessDenied</Code><Message>{why}</Message></Error></Response>"
            ),
        )
    };
    let length = body.len();
    let _told = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

const LAB: &str = "lab: small\ntitle: small\nstack_name: '.*'\nregions: [us-east-1]\n\
    resources: { account: { account: {} }, vpc: { vpc: {} } }\nphases: [end]\nvantages: [internet, bastion]\n";

/// A check for each way in which a secret is used, none of which gets anywhere.
const CHECKS: &str = "checks:\n  account: { probe: { resource: account } }\n  denied: { probe: { resource: vpc } }\n  \
    login: { probe: { mysql: { host: 127.0.0.1, port: 1, login: db } } }\n  \
    login-by-file: { probe: { mysql: { host: 127.0.0.1, port: 1, login: filed } } }\n  \
    login-by-secret: { probe: { mysql: { host: 127.0.0.1, port: 1, login: kept } } }\n  \
    bastion: { probe: { vantage: bastion } }\n  \
    behind: { from: bastion, probe: { command: { argv: [id] } }, expect: { exit_code: 0 } }\n";

/// The command on that lab, in a folder of its own.
fn face(command: &str, aws: SocketAddr) -> Face {
    let face = Face::command(command);
    face.file("checks/small/lab.yaml", LAB);
    face.file("checks/small/checks.yaml", CHECKS);
    let key = face.file(
        "key.pem",
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY}\n-----END OPENSSH PRIVATE KEY-----\n"),
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let only_mine = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&key, only_mine).expect("its permissions");
    }
    let password = face.file("password", OTHER_PASSWORD);
    let stack = format!(
        "lab: small\nregion: us-east-1\nendpoint_url: http://{aws}\nlogins:\n  db: {{ user: admin, password: {{ env: SEEDED }} }}\n  \
         filed: {{ user: admin, password: {{ file: '{}' }} }}\n  \
         kept: {{ user: admin, password: {{ secret: 'arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db' }} }}\nvantages:\n  internet: direct\n  \
         bastion: {{ ssh: {{ host: 127.0.0.1, port: 1, user: ec2-user, key: '{}' }} }}\n",
        password.display(),
        key.display()
    );
    let stack = face.file("stack.yaml", stack);
    let (checks, summary, outputs) = (
        face.home().join("checks"),
        face.home().join("reports/summary.md"),
        face.home().join("reports/outputs.txt"),
    );
    face.file("reports/summary.md", "");
    let face = face
        .arg("--checks")
        .arg(checks)
        .env("LANG", "en_US.UTF-8")
        .env("SEEDED", PASSWORD)
        .env("AWS_ACCESS_KEY_ID", "AKIASEEDED")
        .env("AWS_SECRET_ACCESS_KEY", CREDENTIAL)
        .env("AWS_SESSION_TOKEN", TOKEN)
        .env("RUST_LOG", "trace")
        .env("GITHUB_STEP_SUMMARY", summary)
        .env("GITHUB_OUTPUT", outputs);
    match command {
        "grade" => face.arg("--stack-template").arg(stack),
        _ => face.arg("--stack").arg(stack),
    }
}

/// All that it said and wrote. A student's stack file is the instructor's template filled in, and names what that names.
fn everything(ended: &Ended, folder: &Path) -> String {
    let mut all = ended.told();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name() != "stack.yaml" {
                let text = std::fs::read(entry.path()).expect("a file");
                all.push_str(&format!("\n--- {}\n", entry.path().display()));
                all.push_str(&String::from_utf8_lossy(&text));
            }
        }
    }
    all
}

#[track_caller]
fn holds_no_secret(all: &str) {
    for secret in SECRETS {
        let at = all.lines().find(|line| line.contains(secret));
        assert_eq!(at, None, "{secret} is told");
    }
}

#[test]
fn a_run_tells_no_secret() {
    let aws = forbidding();
    let ended = face("run", aws).arg("--github").arg("--debug").end();
    let all = everything(&ended, &ended.reports());
    for proof in [
        "not authorized",
        "person-1",
        "000000000001",
        "junit.xml",
        "evidence.json",
        "result.json",
        "summary.md",
        "debug: sts:GetCallerIdentity answered 200",
        "debug: ec2:DescribeVpcs answered 403",
    ] {
        assert!(all.contains(proof), "{proof} is missing: {all}");
    }
    let outcomes = ended.outcomes();
    assert_eq!(outcomes["denied"], "errored", "{}", ended.told());
    assert_eq!(outcomes["bastion"], "errored", "{}", ended.told());
    holds_no_secret(&all);
}

#[test]
fn a_runner_of_github_is_told_what_to_mask_first_and_nobody_else_is() {
    let aws = forbidding();
    let ended = face("run", aws).env("GITHUB_ACTIONS", "true").end();
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let masks = [PASSWORD, OTHER_PASSWORD].map(|secret| format!("::add-mask::{secret}"));
    assert_eq!(lines[..2], masks, "{}", ended.stdout);
    let all = everything(&ended, &ended.reports());
    let rest: String = all
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"))
        .map(|line| format!("{line}\n"))
        .collect();
    holds_no_secret(&rest);
}

#[test]
fn nor_do_the_other_commands() {
    let aws = forbidding();
    for (command, rest) in [("test", ""), ("explain", "login"), ("restore", "")] {
        let ended = face(command, aws).args(rest).arg("--debug").end();
        holds_no_secret(&everything(&ended, &ended.reports()));
    }
    let face = face("grade", aws);
    let roster = face.file("roster.csv", "student,stack\ns1,one\ns2,two\n");
    let out = face.home().join("out");
    let ended = face
        .args("--lab small --allow-emulator --debug")
        .arg("--roster")
        .arg(roster)
        .arg("--out")
        .arg(&out)
        .end();
    let all = everything(&ended, &out);
    assert!(all.contains("gradebook.csv"), "{all}");
    holds_no_secret(&all);
}
