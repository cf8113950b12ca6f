//! A TLS server on loopback with the tests' own certificate.
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What it does once it has read a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// It answers.
    Answers(&'static str),
    /// It closes without an answer.
    Closes,
    /// It says nothing until the client goes.
    Hangs,
}

/// Serves on a free port of loopback, for as long as the process lives; gives the port.
pub(super) fn serving(then: Then) -> u16 {
    let config = Arc::new(config());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let config = config.clone();
            thread::spawn(move || serve(stream.unwrap(), config, then));
        }
    });
    port
}

fn config() -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from(&include_bytes!("tls/server.der")[..]);
    let key = PrivateKeyDer::Pkcs8((&include_bytes!("tls/server-key.der")[..]).into());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, then: Then) {
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    match then {
        Then::Answers(answer) => {
            let _gone = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _gone = stream.flush();
        }
        Then::Closes => {
            let _gone = stream.sock.shutdown(Shutdown::Write);
        }
        Then::Hangs => {
            let _gone = stream.read(&mut byte);
        }
    }
}
