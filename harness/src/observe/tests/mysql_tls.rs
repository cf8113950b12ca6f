//! The probe `mysql` where the stack demands TLS, against servers that speak before it, or in its place: no password and no
//! user's name leaves, and each is an observation.
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::{Held, Request, observe};
use super::mysql::{greeting, packet, read_packet, request_to};
use super::{LONG, SHORT, direct, peers};

/// What a server greets with that says it speaks TLS.
fn greeting_with_tls() -> Vec<u8> {
    let mut greeting = greeting();
    // The flag CLIENT_SSL, in the second byte of the capabilities.
    let flags = 4 + 1 + b"8.0.36\0".len() + 4 + 9 + 1;
    assert_eq!(greeting[flags] & 0x08, 0);
    greeting[flags] |= 0x08;
    greeting
}

/// How a server goes on.
#[derive(Clone, Copy, Debug)]
enum Then {
    Says(&'static [u8]),
    Closes,
    Resets,
}

/// Greets, reads on where TLS is promised, and goes on so; what it was sent is kept.
async fn serve(mut stream: TcpStream, greets: Vec<u8>, then: Then, sent: Arc<Mutex<Vec<u8>>>) {
    let promised = greets == greeting_with_tls();
    let _written = stream.write_all(&greets).await;
    if promised && !read_packet(&mut stream).await {
        return;
    }
    match then {
        Then::Says(bytes) => {
            let _written = stream.write_all(bytes).await;
        }
        // What is closed with something unread is reset.
        Then::Closes => {
            if promised {
                let _the_hello = stream.read(&mut [0; 4096]).await;
            }
            return;
        }
        Then::Resets => return peers::reset(stream),
    }
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        sent.lock().unwrap().extend(&buffer[..read]);
    }
}

#[tokio::test]
async fn a_server_that_speaks_before_tls_or_in_its_place_learns_nothing() {
    let tls = greeting_with_tls;
    let ok = b"\x07\0\0\x02\0\0\0\x02\0\0\0";
    let thief = b"\x0c\0\0\x02\xfb/etc/passwd";
    let denied = b"\x19\0\0\x02\xff\x15\x04#28000Access denied";
    for (greets, then, outcome) in [
        (greeting(), Then::Says(b""), "tls_failed"),
        (greeting(), Then::Says(ok), "tls_failed"),
        (
            tls(),
            Then::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            "tls_failed",
        ),
        (tls(), Then::Says(ok), "tls_failed"),
        (tls(), Then::Says(thief), "tls_failed"),
        (tls(), Then::Says(denied), "tls_failed"),
        // A fatal alert: it was never asked to begin.
        (
            tls(),
            Then::Says(b"\x15\x03\x03\0\x02\x02\x28"),
            "tls_failed",
        ),
        (tls(), Then::Says(b""), "timeout"),
        (tls(), Then::Closes, "closed"),
        (tls(), Then::Resets, "reset"),
        // TLS from the first byte on, which a client takes for a packet that never ends.
        (
            b"\x15\x03\x03\0\x02\x02\x28".to_vec(),
            Then::Says(b""),
            "timeout",
        ),
        (
            b"\x15\x03\x03\0\x02\x02\x28".to_vec(),
            Then::Closes,
            "closed",
        ),
        (packet(0, b"\x05no server"), Then::Says(b""), "malformed"),
        (
            packet(0, b"\xff\x10\x04Too many connections"),
            Then::Says(b""),
            "error",
        ),
    ] {
        let what = format!("{}, {then:?}", greets.escape_ascii());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&sent);
        let peer =
            peers::serving(move |stream| serve(stream, greets.clone(), then, Arc::clone(&kept)))
                .await;
        let mut request = request_to("127.0.0.1", peer.port(), "right", "SELECT 1");
        if let Request::Mysql(asked) = &mut request
            && let Some(login) = &mut asked.login
        {
            login.ca = Some(include_bytes!("tls/ca.pem").to_vec().into());
        }
        let within = if outcome == "timeout" { SHORT } else { LONG };
        let seen = observe(&request, &direct(None), &mut Held::default(), within)
            .await
            .unwrap();
        assert_eq!(
            (seen.outcome.as_str(), &seen.fields["stage"]),
            (outcome, &"greeting".into()),
            "{what}: {seen:?}"
        );
        if outcome == "error" {
            assert_eq!(seen.fields["error"]["code"], 1040, "{seen:?}");
        }
        // The user's name goes with the password's digest, and neither goes in the open.
        let sent = sent.lock().unwrap().clone();
        let name = sent.windows(4).any(|bytes| bytes == b"app\0");
        assert!(!name, "{what}: {}", sent.escape_ascii());
    }
}
