//! Bad input of every kind, met as a user meets it: each gets a clear sentence and the design's exit code, in bounded
//! time and on a bounded screen; nothing hangs, panics or passes.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use labcheck::report::inert::acts;

use crate::face::{Ended, Face, Trap};

/// The most that a message about a file may take of the screen.
const SCREEN: usize = 8 * 1024;

/// What a stranger's answer may take before it is given up, retries included.
const BOUND: Duration = Duration::from_mins(1);

// --- servers that misbehave --------------------------------------------------------------------------------------------

/// A server on a port of this machine; it lives as long as the test's process.
fn serve(answer: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream));
        }
    });
    address
}

/// Reads a request and gives its body.
fn request(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

/// Answers each request with what `answer` makes of its body.
fn http(answer: impl Fn(&str) -> Vec<u8> + Clone + Send + 'static) -> SocketAddr {
    serve(move |stream| {
        let mut stream = BufReader::new(stream);
        while let Some(body) = request(&mut stream) {
            if stream.get_mut().write_all(&answer(&body)).is_err() {
                return;
            }
        }
    })
}

/// A whole HTTP answer.
fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

/// Bytes that are no HTTP.
fn garbage() -> SocketAddr {
    serve(|mut stream| {
        let _ = stream.write_all(b"\x16\x03\x01\x02\x00SSH-2.0-\xff\xfe\x1b[2J\r\n\r\n");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    })
}

/// A body that goes on for as long as somebody reads.
fn endless() -> SocketAddr {
    serve(|stream| {
        let mut stream = BufReader::new(stream);
        let _ = request(&mut stream);
        let stream = stream.get_mut();
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>ok</title>");
        while stream.write_all(&[b'x'; 8192]).is_ok() {}
    })
}

/// A redirect that must not be followed.
fn redirect(to: &str) -> SocketAddr {
    let headers = format!("location: {to}\r\n");
    http(move |_| answer("302 Found", &headers, ""))
}

// --- a lab of one check ------------------------------------------------------------------------------------------------

const ODD_LAB: &str = "\
lab: odd
title: { ja: 変わったラボ, en: An odd lab }
stack_name: '[a-z]+'
regions: [us-east-1]
vars: { port: 1 }
phases: [end]
";

/// What the lab looks at in AWS, where it does.
const VPCS: &str = "resources: { vpc: { vpc: { name: good-vpc } }, vpcs: { vpcs: {} } }\n";

/// A run of a lab with these resources and checks.
fn odd(resources: &str, checks: &str) -> Face {
    let face = Face::run();
    face.file("labs/odd/lab.yaml", format!("{ODD_LAB}{resources}"));
    face.file("labs/odd/checks.yaml", format!("checks:\n{checks}"));
    let labs = face.home().join("labs");
    face.arg("--checks").arg(labs)
}

/// A page is asked for at a server of the test's own, and this must hold of it.
fn page(server: SocketAddr, expect: &str) -> Ended {
    let checks = format!(
        "  page-is-there:\n    from: internet\n    timeout: 2s\n    \
         probe: {{ http: {{ url: 'http://127.0.0.1:{{{{ port }}}}/' }} }}\n    expect: {expect}\n"
    );
    odd("", &checks)
        .arg("--var")
        .arg(format!("port={}", server.port()))
        .stack("lab: odd\nvantages: { internet: direct }\n")
        .end()
}

/// A run of Lab 000's first phase against another API.
fn api(server: SocketAddr) -> Ended {
    Face::run()
        .args("--phase vpc")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stack(&format!("lab: ha-web\nendpoint_url: http://{server}\n"))
        .end()
}

// --- what does not exist -----------------------------------------------------------------------------------------------

#[test]
fn a_stack_that_does_not_exist_names_those_that_do() {
    Face::run()
        .args("--stack demo-brokn")
        .end()
        .exits(78)
        .complains("no stack `demo-brokn`; did you mean `demo-broken`?")
        .complains("there is: demo, demo-aurora, demo-aurora-broken, demo-broken, example");
    Face::run()
        .args("--stack no/such/file.yaml")
        .end()
        .exits(78)
        .complains("no/such/file.yaml");
}

#[test]
fn a_replica_with_a_key_or_a_login_of_ones_own_contradicts_itself() {
    for written in [
        "vantages: { bastion: { ssh: { host: 10.0.0.1, user: u, key: k } } }",
        "vantages: { bastion: direct }",
        "logins: { db: { user: admin, password: { env: SECRET } } }",
    ] {
        Face::run()
            .stack(&format!(
                "lab: aurora-wordpress\nreplica: {{}}\n{written}\n"
            ))
            .end()
            .exits(78)
            .complains("a stack is either a replica or a deployment");
    }
}

#[test]
fn a_lab_that_does_not_exist_names_those_that_do() {
    Face::run()
        .args("--stack user05 --lab ha-wbe")
        .end()
        .exits(78)
        .complains("no lab `ha-wbe`; did you mean `ha-web`?")
        .complains("there is: aurora-wordpress, ha-web");
    Face::command("init")
        .args("--lab nope")
        .end()
        .exits(78)
        .complains("there is: aurora-wordpress, ha-web");
    Face::run()
        .args("--checks no-such-folder")
        .end()
        .exits(78)
        .complains("no such folder");
    Face::run()
        .args("--stack demo --lab other")
        .end()
        .exits(2)
        .complains("is one of the lab `ha-web`");
}

#[test]
fn a_phase_that_does_not_exist_names_those_that_do() {
    for face in [Face::run(), Face::runner(), Face::run().arg("--list")] {
        face.args("--phase hardend")
            .end()
            .exits(2)
            .complains("no phase `hardend`; did you mean `hardened`?")
            .complains("vpc, database, web-sg");
    }
}

#[test]
fn a_filter_that_selects_nothing_names_what_there_is() {
    for face in [
        Face::run(),
        Face::runner(),
        Face::run().arg("--list"),
        Face::runner().arg("--list"),
    ] {
        let ended = face
            .args("alb-servs-app")
            .end()
            .exits(4)
            .complains("did you mean `alb-serves-app`?")
            .complains("vpc-exists");
        let widest = ended.stderr.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(110), "{}", ended.stderr);
    }
    Face::run()
        .args("--phase vpc alb-serves-app")
        .end()
        .exits(4)
        .complains("it would be with --phase alb");
    Face::command("explain")
        .arg("alb-servs-app")
        .end()
        .exits(4)
        .complains("`alb-serves-app`");
}

#[test]
fn a_stack_without_a_file_must_fit_the_labs_pattern() {
    Face::run()
        .args("--stack UPPER --lab ha-web")
        .end()
        .exits(78)
        .complains("stack_name: [a-z][a-z0-9-]*");
}

#[test]
fn what_was_typed_is_told_inert() {
    let typed = "\u{1b}[2J\n::error::x";
    for option in ["--stack", "--lab", "--phase", "--skip", "--checks"] {
        let face = Face::run().arg(option).arg(typed).arg("no-such-check");
        tells_inertly(&face.end());
    }
    tells_inertly(&Face::run().arg(typed).end().exits(4));
    tells_inertly(&Face::command("explain").arg(typed).end().exits(4));
}

/// No character of what was said acts on a terminal, and no line is a command to a CI runner.
#[track_caller]
fn tells_inertly(ended: &Ended) {
    assert_ne!(ended.code, Some(0), "{}", ended.told());
    for text in [&ended.stdout, &ended.stderr] {
        is_inert(text);
    }
}

#[track_caller]
fn is_inert(text: &str) {
    for line in text.lines() {
        assert!(!line.chars().any(acts), "{line:?} in\n{text:?}");
        assert!(!line.trim_start().starts_with("::error"), "{line:?}");
    }
}

// --- files -------------------------------------------------------------------------------------------------------------

/// Files that are no stack, no check file and no lab.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let bomb = (1..10).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
        let before = format!("*a{}", level - 1);
        let nine = [before.as_str(); 9].join(", ");
        format!("{text}a{level}: &a{level} [{nine}]\n")
    });
    let large: String = (0..600_000)
        .map(|line| format!("key-{line}: a value\n"))
        .collect();
    assert!(large.len() > 10_000_000);
    vec![
        ("10 MB", large.into_bytes(), "1 MiB"),
        ("an alias bomb", bomb.into_bytes(), "alias"),
        (
            "brackets without end",
            vec![b'['; 100_000],
            "recursion limit",
        ),
        ("braces without end", b"{ a: ".repeat(100_000), "deep"),
        ("Latin-1", b"title: caf\xe9\n".to_vec(), "UTF-8"),
        ("a zip file", b"PK\x03\x04\0\0\0\0".to_vec(), ""),
        ("nothing", Vec::new(), ""),
        ("a list", b"- a\n- b\n".to_vec(), ""),
        (
            "two documents",
            b"lab: ha-web\n---\nlab: ha-web\n".to_vec(),
            "",
        ),
    ]
}

#[test]
fn a_stack_file_that_is_none_is_told_shortly() {
    for (what, bytes, word) in bad_files() {
        let face = Face::run();
        let path = face.file("stack.yaml", bytes);
        let ended = face.arg("--stack").arg(path).end().exits(78);
        told_shortly(&ended, what, word);
    }
}

#[test]
fn a_check_file_that_is_none_is_told_shortly() {
    for (what, bytes, word) in bad_files() {
        let face = odd(VPCS, "  vpc-exists: { probe: { resource: vpc } }\n");
        face.file("labs/odd/more.yaml", bytes);
        let ended = face.stack("lab: odd\n").end().exits(78);
        told_shortly(&ended, what, word);
    }
}

#[test]
fn a_lab_file_that_is_none_is_told_shortly() {
    for (what, bytes, word) in bad_files() {
        let face = odd(VPCS, "  vpc-exists: { probe: { resource: vpc } }\n");
        face.file("labs/odd/lab.yaml", bytes);
        let ended = face.stack("lab: odd\n").end().exits(78);
        told_shortly(&ended, what, word);
    }
}

fn told_shortly(ended: &Ended, what: &str, word: &str) {
    assert!(ended.stderr.contains(".yaml"), "{what}: {}", ended.told());
    assert!(ended.stderr.contains(word), "{what}: {}", ended.told());
    assert!(
        ended.stderr.len() < SCREEN,
        "{what}: {} bytes",
        ended.stderr.len()
    );
    assert!(ended.wrote_nothing());
    is_inert(&ended.stderr);
}

#[test]
fn a_stack_that_is_a_folder_or_a_device_is_told() {
    Face::run()
        .args("--stack fixtures/stacks/")
        .end()
        .exits(78)
        .complains("fixtures/stacks/");
    Face::run()
        .args("--stack /dev/zero")
        .end()
        .exits(78)
        .complains("/dev/zero");
}

// --- ports that are not what they seem -----------------------------------------------------------------------------------

#[test]
fn a_port_that_answers_garbage_fails_the_check_that_wants_a_page() {
    let ended = page(garbage(), "{ status: 200 }").exits(101);
    let check = ended.check("page-is-there");
    assert_eq!(check["attempts"][0]["outcome"], "malformed", "{check}");
    is_inert(&ended.stdout);
}

#[test]
fn a_body_without_end_fails_in_bounded_time_and_on_bounded_disk() {
    let began = Instant::now();
    let ended = page(endless(), "{ status: 200 }").exits(101);
    assert!(began.elapsed() < BOUND);
    assert!(ended.report("evidence.json").len() < 2 << 20);
    assert!(ended.stdout.len() < SCREEN);
}

#[test]
fn a_redirect_is_seen_and_not_followed() {
    let trap = Trap::set();
    for to in [
        trap.url(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        let ended = page(redirect(&to), "{ status: 200 }")
            .exits(101)
            .says("302");
        let evidence = ended.report("evidence.json");
        assert!(evidence.contains(&to), "where it leads is kept\n{evidence}");
        assert!(ended.check("page-is-there")["elapsed_ms"].as_u64() < Some(1500));
    }
    trap.was_left_alone();
}

#[test]
fn a_port_that_is_silent_fails_within_its_timeout() {
    let silent = serve(|mut stream| {
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let ended = page(silent, "{ status: 200 }").exits(101);
    let check = ended.check("page-is-there");
    assert_eq!(check["attempts"][0]["outcome"], "timeout", "{check}");
    assert!(check["elapsed_ms"].as_u64() < Some(10_000), "{check}");
}

// --- an API that is none -------------------------------------------------------------------------------------------------

#[test]
fn an_api_that_is_none_is_one_cause_in_bounded_time_and_nobodys_failure() {
    let html = "<!DOCTYPE html><html><head><title>Sign in to Wi-Fi</title></head></html>";
    let cut = "<?xml version=\"1.0\"?><DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><vpcSet><item>";
    let page = "content-type: text/html\r\n";
    let xml = "content-type: text/xml\r\n";
    let trap = Trap::set();
    let silent = Trap::set();
    let servers = [
        (
            "HTML with status 500",
            http(move |_| answer("500 Internal Server Error", page, html)),
        ),
        (
            "HTML with status 200",
            http(move |_| answer("200 OK", page, html)),
        ),
        (
            "XML that breaks off",
            http(move |_| answer("200 OK", xml, cut)),
        ),
        (
            "another XML",
            http(move |_| answer("200 OK", xml, "<other/>")),
        ),
        ("nothing at all", http(move |_| answer("200 OK", xml, ""))),
        ("a redirect", redirect(&trap.url())),
        (
            "a redirect to link-local",
            redirect("http://169.254.169.254/"),
        ),
        ("garbage", garbage()),
        ("a body without end", endless()),
        ("silence", silent.address()),
    ];
    std::thread::scope(|scope| {
        for (what, server) in servers {
            scope.spawn(move || {
                let began = Instant::now();
                let ended = api(server);
                assert_eq!(ended.code, Some(3), "{what}: {}", ended.told());
                assert!(began.elapsed() < BOUND, "{what} took {:?}", began.elapsed());
                for (id, outcome) in ended.outcomes() {
                    assert!(
                        outcome == "errored" || outcome == "skipped",
                        "{what}: {id} {outcome}"
                    );
                }
                assert!(
                    !ended.stdout.contains("\n2. "),
                    "{what}: more than one cause\n{}",
                    ended.told()
                );
                assert!(
                    ended.stdout.contains("\n  > "),
                    "{what}: what to do\n{}",
                    ended.told()
                );
                assert!(ended.stdout.len() < SCREEN, "{what}");
                assert!(ended.report("evidence.json").len() < 1 << 20, "{what}");
                is_inert(&ended.stdout);
            });
        }
    });
    trap.was_left_alone();
}

// --- names -----------------------------------------------------------------------------------------------------------------

#[test]
fn two_resources_of_one_name_are_ambiguous_and_both_are_named() {
    let ended = Face::run()
        .args("--phase vpc")
        .stack("lab: ha-web\nreplica: { faults: [vpc-built-twice] }\n")
        .end()
        .exits(101);
    let check = ended.check("vpc-exists");
    assert_eq!(check["outcome"], "failed");
    assert_eq!(check["attempts"][0]["outcome"], "ambiguous", "{check}");
    let near = check["near"].as_array().expect("both");
    assert_eq!(near.len(), 2, "{check}");
    for one in near {
        let id = one["where"].as_str().expect("its id");
        assert!(ended.stdout.contains(id), "{id}\n{}", ended.told());
    }
}

/// As text, and as a stranger's XML spells it.
const HOSTILE: [(&str, &str); 6] = [
    ("\u{9b}31m", "&#x9b;31m"),
    ("\u{202e}gnp.exe", "&#x202e;gnp.exe"),
    (
        "<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ),
    ("]]>", "]]&gt;"),
    ("\n::error::owned", "&#10;::error::owned"),
    ("\u{200b}", "&#x200b;"),
];

#[test]
fn hostile_names_reach_terminal_junit_and_json_inert() {
    let name: String = HOSTILE.iter().map(|(_, spelt)| *spelt).collect();
    let server = http(move |body| {
        let tags = |name: &str| {
            format!("<tagSet><item><key>Name</key><value>{name}</value></item></tagSet>")
        };
        let vpc = |id: &str, name: &str| {
            format!(
                "<item><vpcId>{id}</vpcId><ownerId>123456789012</ownerId><state>available</state><cidrBlock>10.0.0.0/16\
                 </cidrBlock><isDefault>false</isDefault>{}</item>",
                tags(name)
            )
        };
        let set =
            vpc("vpc-0a", &format!("good-vpc{name}")) + &vpc("vpc-0b", &format!("{name}good-vpc"));
        let text = if body.contains("GetCallerIdentity") {
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>x</UserId><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
                .to_owned()
        } else {
            format!(
                "<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><vpcSet>{set}</vpcSet>\
                 </DescribeVpcsResponse>"
            )
        };
        answer("200 OK", "content-type: text/xml\r\n", &text)
    });
    let ended = odd(VPCS, "  vpc-exists: { probe: { resource: vpc } }\n  \
                     vpcs-are-good:\n    probe: { resource: vpcs }\n    expect: { every: { name: good-vpc } }\n")
    .env("AWS_ACCESS_KEY_ID", "test")
    .env("AWS_SECRET_ACCESS_KEY", "test")
    .stack(&format!("lab: odd\nendpoint_url: http://{server}\n"))
    .end()
    .exits(101);
    assert_eq!(
        ended.check("vpcs-are-good")["outcome"],
        "failed",
        "{}",
        ended.told()
    );
    assert!(
        ended.stdout.contains("alert(1)"),
        "the name is shown\n{}",
        ended.told()
    );
    reports_are_inert(&ended);
    // The data itself is not lost.
    let told = ended.check("vpcs-are-good")["mismatches"].to_string();
    assert!(told.contains("good-vpc"), "{told}");
}

#[test]
fn a_hostile_page_reaches_terminal_junit_and_json_inert() {
    let title = "\u{1b}[2J\u{1b}]0;owned\u{7}<script>]]>\r\n::error::owned\u{0}";
    let body = format!("<html><head><title>{title}</title></head><body>{title}</body></html>");
    let headers = "content-type: text/html\r\nserver: ::error::owned \u{9b}\r\n";
    let server = http(move |_| answer("404 Not Found", headers, &body));
    let expect = "{ title: ok, body: { contains: ok }, headers: { server: nginx } }";
    let ended = page(server, expect).exits(101);
    assert!(
        ended.stdout.contains("script"),
        "the title is shown\n{}",
        ended.told()
    );
    reports_are_inert(&ended);
}

fn reports_are_inert(ended: &Ended) {
    is_inert(&ended.stdout);
    is_inert(&ended.stderr);
    let junit = ended.report("junit.xml");
    is_inert(&junit);
    assert!(
        !junit.contains("<script") && !junit.contains("]]>"),
        "{junit}"
    );
    let mut reader = quick_xml::Reader::from_str(&junit);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event().expect("well-formed XML") {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::CData(_) => {
                panic!("text that was not ours is escaped, not quoted\n{junit}")
            }
            _ => {}
        }
    }
    for name in ["result.json", "evidence.json"] {
        let text = ended.report(name);
        // JSON escapes what is below a blank; nothing of it may begin a line of a log.
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{name}");
        is_no_command(&text);
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    }
}

fn is_no_command(text: &str) {
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{line}");
    }
}
