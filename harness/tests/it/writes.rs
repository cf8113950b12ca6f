//! What a check makes is removed: when it passes, when a later step fails, and when the run is ended in the middle.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::face::Face;
use crate::support::Bed;

/// A little app that tells what it is asked: `add`, `hang` (which it never answers), `delete`.
struct App {
    address: SocketAddr,
    asked: Receiver<String>,
}

impl App {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tell, asked) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                std::thread::spawn(move || serve(&stream, &tell));
            }
        });
        Self { address, asked }
    }

    fn next(&self) -> String {
        self.asked
            .recv_timeout(Duration::from_mins(1))
            .expect("the app is asked")
    }
}

fn serve(mut stream: &TcpStream, tell: &Sender<String>) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    let _whole = reader.read_exact(&mut body);
    let path = head
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .trim_start_matches('/')
        .to_owned();
    let _heard = tell.send(format!("{path} {}", String::from_utf8_lossy(&body)));
    if path == "hang" {
        // Until the client goes.
        let _gone = stream.read(&mut [0]);
        return;
    }
    let _told =
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

const LAB: &str = "lab: small\ntitle: small\nstack_name: '.*'\nregions: [us-east-1]\nvars: { app: 'http://127.0.0.1:1' }\n\
    resources: { account: { account: {} } }\nphases: [end]\n";

const CHECKS: &str = "checks:\n  account: { probe: { resource: account } }\n  written:\n    writes: true\n    timeout: 60s\n    steps:\n      \
    - probe: { http: { url: '{{ app }}/add', form: { name: '{{ nonce }}' } } }\n      - probe: { http: { url: '{{ app }}/hang' } }\n    finally:\n      \
    - probe: { http: { url: '{{ app }}/delete', form: { name: '{{ nonce }}' } } }\n";

#[test]
fn ctrl_c_in_the_middle_of_a_check_that_writes_removes_what_it_made() {
    let app = App::start();
    let face = Face::run().args("--allow-writes --lab small");
    face.file("checks/small/lab.yaml", LAB);
    face.file("checks/small/checks.yaml", CHECKS);
    let folder = face.home().join("checks");
    let stack = format!(
        "lab: small\nendpoint_url: http://127.0.0.1:1\nvars: {{ app: 'http://{}' }}\nvantages: {{ internet: direct }}\n",
        app.address
    );
    let running = face
        .arg("--checks")
        .arg(folder)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stack(&stack)
        .start();
    let added = app.next();
    assert!(added.starts_with("add name="), "{added}");
    assert_eq!(app.next(), "hang ");
    running.signal("INT");
    let ended = running.end().exits(130);
    assert_eq!(
        app.next(),
        added.replacen("add", "delete", 1),
        "what was made is removed"
    );
    let check = ended.check("written");
    assert_eq!(check["error"]["code"], "interrupted", "{check}");
    let attempts = check["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 3, "each look is told: {check}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_after_a_run_as_it_was_before() {
    for bed in [Bed::at("end"), Bed::at("end").fault("table-made-by-hand")] {
        let graded = bed.grade().await;
        let pages: Vec<String> = graded
            .run
            .evidence
            .checks
            .values()
            .flat_map(|observed| observed.attempts.iter())
            .filter(|attempt| attempt.target.starts_with("GET http://ha-system-alb"))
            .filter_map(|attempt| {
                attempt
                    .seen
                    .as_ref()
                    .ok()?
                    .fields
                    .get("body")?
                    .as_str()
                    .map(str::to_owned)
            })
            .filter(|body| body.contains("</table>"))
            .collect();
        let rows = |page: &str| page.matches("<tr><td>").count();
        let (first, last) = (&pages[0], pages.last().expect("pages"));
        assert!(pages.len() > 10, "{}", pages.len());
        assert_eq!(rows(first), rows(last), "as many employees as before");
        assert!(!last.contains("labcheck.invalid"));
    }
}
