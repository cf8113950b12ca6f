//! The probe `mysql` against `MariaDB`'s own server, and against servers that no database would be.
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::{Held, Login, Mysql, Request, Secret, observe};
use super::peers::{self, Peer};
use super::{LONG, SHORT, direct};
use crate::fault::Code;
use crate::observation::Observation;

const SERVER: &str = "mariadbd";

/// A server of the test's own, ended when it is dropped.
struct Server {
    folder: TempDir,
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = (self.child.kill(), self.child.wait());
    }
}

/// Whether `MariaDB`'s server is here. In CI it must be.
fn have_server() -> bool {
    let there = Command::new(SERVER)
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(there || !in_ci, "CI must have {SERVER}: mariadb-server");
    if !there {
        eprintln!("SKIPPED: no {SERVER}, so that the probe `mysql` was not tried against MariaDB");
    }
    there
}

impl Server {
    /// A server with a user `app`, which listens at `socket` too, and has the database `schema`.
    async fn start(socket: &Path, schema: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let init = folder.path().join("init.sql");
        std::fs::write(
            &init,
            format!(
                "CREATE DATABASE {schema};\nCREATE USER app@'%' IDENTIFIED BY 'right';\nGRANT SELECT, CREATE, DROP ON *.* TO app@'%';\n"
            ),
        )
        .unwrap();
        // A server that starts removes the temporary tables of every other one from the folder that they share.
        let tmp = folder.path().join("tmp");
        std::fs::create_dir(&tmp).unwrap();
        let tmp = format!("--tmpdir={}", tmp.display());
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = format!("--user={}", String::from_utf8(user).unwrap().trim());
        let made = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--skip-test-db", &user, &tmp])
            .arg(format!("--datadir={}", data.display()))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{said}");
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let child = Command::new(SERVER)
            .args([
                "--no-defaults",
                "--bind-address=127.0.0.1",
                &user,
                &tmp,
                "--skip-log-bin",
            ])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--init-file={}", init.display()))
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            folder,
            child,
            port,
        };
        for _ in 0..600 {
            if ask(&server, "right", "SELECT 1").await.outcome == "rows" {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{SERVER} did not begin to serve");
    }
}

fn request(port: u16, password: &str, query: &str) -> Request {
    request_to("127.0.0.1", port, password, query)
}

pub(super) fn request_to(host: &str, port: u16, password: &str, query: &str) -> Request {
    Request::Mysql(Mysql {
        host: Some((host.to_owned(), port)),
        login: Some(Login {
            user: "app".to_owned(),
            password: Secret::new(password),
            ca: None,
        }),
        database: None,
        query: Some(query.to_owned()),
    })
}

async fn ask(server: &Server, password: &str, query: &str) -> Observation {
    assert!(server.folder.path().exists());
    let request = request(server.port, password, query);
    observe(&request, &direct(None), &mut Held::default(), LONG)
        .await
        .unwrap()
}

/// A server that greets, takes the login, and resets the connection.
pub(super) async fn resetting() -> Peer {
    peers::serving(|mut stream| async move {
        let _written = stream.write_all(&greeting()).await;
        let _login = read_packet(&mut stream).await;
        peers::reset(stream);
    })
    .await
}

/// A server of something else that happens to speak in packets.
pub(super) async fn speaking_something_else() -> Peer {
    peers::serving(|mut stream| async move {
        let _written = stream.write_all(&packet(0, b"\x05no server")).await;
        let _held = stream.read_u8().await;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_errors_of_a_real_server_are_told_by_the_one_that_was_dialled() {
    if !have_server() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("mysql.sock");
    let dialled = Server::start(&socket, "dialled", &[]).await;
    // Another server sits where the first one says that its socket is: a client that moves there asks the wrong one.
    std::fs::remove_file(&socket).unwrap();
    let _other = Server::start(&socket, "other", &[]).await;
    let seen = ask(&dialled, "right", "SHOW DATABASES").await;
    let rows = seen.fields["rows"].to_string();
    assert!(
        rows.contains("dialled") && !rows.contains("other"),
        "{rows}"
    );
    assert_eq!(seen.fields["columns"], serde_json::json!(["Database"]));

    let seen = ask(
        &dialled,
        "right",
        "SELECT 1 AS one, NULL AS nothing, 'あ' AS text",
    )
    .await;
    assert_eq!(
        seen.fields["rows"],
        serde_json::json!([{ "one": "1", "nothing": null, "text": "あ" }])
    );
    for (password, query, code, sqlstate) in [
        ("wrong", "SELECT 1", 1045, "28000"),
        ("right", "SELEC 1", 1064, "42000"),
        ("right", "SELECT * FROM dialled.nothing", 1146, "42S02"),
    ] {
        let seen = ask(&dialled, password, query).await;
        assert_eq!(seen.outcome, "error", "{query}");
        assert_eq!(seen.fields["error"]["code"], code);
        assert_eq!(seen.fields["error"]["sqlstate"], sqlstate);
    }
    let many = "SELECT seq FROM dialled.seq_1_to_5000";
    let seen = ask(&dialled, "right", many).await;
    assert_eq!(
        seen.fields["rows_truncated"],
        true,
        "{:?}",
        seen.fields.get("error")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_a_read_only_server_rejects_is_told_on_the_connection_that_is_held() {
    if !have_server() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("s"), "lab", &["--read-only"]).await;
    let mut held = Held::default();
    let role = request(
        server.port,
        "right",
        "SELECT @@read_only AS ro, CONNECTION_ID() AS id",
    );
    let first = observe(&role, &direct(None), &mut held, LONG)
        .await
        .unwrap();
    assert_eq!(first.fields["rows"][0]["ro"], "1");
    let on_held = |query: &str| {
        Request::Mysql(Mysql {
            host: None,
            login: None,
            database: None,
            query: Some(query.to_owned()),
        })
    };
    let seen = observe(
        &on_held("CREATE DATABASE x"),
        &direct(None),
        &mut held,
        LONG,
    )
    .await
    .unwrap();
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["error"]["code"]),
        ("error", &1290.into())
    );
    let again = observe(
        &on_held("SELECT CONNECTION_ID() AS id"),
        &direct(None),
        &mut held,
        LONG,
    )
    .await
    .unwrap();
    assert_eq!(again.fields["rows"][0]["id"], first.fields["rows"][0]["id"]);
    let nothing = observe(
        &on_held("SELECT 1"),
        &direct(None),
        &mut Held::default(),
        LONG,
    )
    .await
    .unwrap_err();
    assert_eq!(nothing.code, Code::Template);
}

/// A packet of the protocol.
pub(super) fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let mut packet = vec![length[0], length[1], length[2], number];
    packet.extend(payload);
    packet
}

/// What a server greets with.
pub(super) fn greeting() -> Vec<u8> {
    let mut payload = vec![10];
    payload.extend(b"8.0.36\0\x01\0\0\0abcdefgh\0");
    payload.extend([0xff, 0xf7, 0x2d, 2, 0, 0xff, 0x81, 21]);
    payload.extend([0; 10]);
    payload.extend(b"ijklmnopqrst\0mysql_native_password\0");
    packet(0, &payload)
}

pub(super) async fn read_packet(stream: &mut TcpStream) -> bool {
    let mut head = [0; 4];
    if stream.read_exact(&mut head).await.is_err() {
        return false;
    }
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).await.is_ok()
}

/// Lets anybody in, and answers the first statement with these bytes.
pub(super) async fn let_in_and_answer(mut stream: TcpStream, answer: Vec<u8>) {
    let _written = stream.write_all(&greeting()).await;
    if !read_packet(&mut stream).await {
        return;
    }
    let _written = stream.write_all(&packet(2, &[0, 0, 0, 2, 0, 0, 0])).await;
    if read_packet(&mut stream).await {
        let _written = stream.write_all(&answer).await;
        let mut rest = Vec::new();
        let _until_it_goes = stream.read_to_end(&mut rest).await;
        assert!(
            rest.len() < 64,
            "a client that sends a file sends more than a goodbye"
        );
    }
}

#[tokio::test]
async fn a_server_that_no_database_would_be_is_an_observation_and_gets_no_file() {
    let silent = peers::open().await;
    let closing = peers::serving(|stream| async move { drop(stream) }).await;
    let garbage = peers::serving(|mut stream| async move {
        let _written = stream.write_all(&packet(0, b"\x05no server at all")).await;
        let _held = stream.read_u8().await;
    })
    .await;
    let thief =
        peers::serving(|stream| let_in_and_answer(stream, packet(1, b"\xfb/etc/passwd"))).await;
    let broken = peers::serving(|stream| {
        let_in_and_answer(stream, packet(1, &[0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    })
    .await;
    let mute = peers::serving(|stream| let_in_and_answer(stream, Vec::new())).await;
    for (peer, outcome, stage) in [
        (&silent, "timeout", "greeting"),
        (&closing, "closed", "greeting"),
        (&garbage, "malformed", "greeting"),
        (&thief, "malformed", "query"),
        (&broken, "malformed", "query"),
        (&mute, "timeout", "query"),
    ] {
        let request = request(peer.port(), "right", "SELECT 1");
        let seen = observe(&request, &direct(None), &mut Held::default(), SHORT)
            .await
            .unwrap();
        assert_eq!(
            (seen.outcome.as_str(), &seen.fields["stage"]),
            (outcome, &stage.into()),
            "{seen:?}"
        );
    }
    let refused = observe(
        &request(1, "right", "SELECT 1"),
        &direct(None),
        &mut Held::default(),
        LONG,
    )
    .await
    .unwrap();
    assert_eq!(
        (refused.outcome.as_str(), &refused.fields["stage"]),
        ("refused", &"dial".into())
    );
}

/// As a server reads its certificate and its key.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_must_show_a_certificate_of_the_named_authority() {
    if !have_server() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let own = pem("CERTIFICATE", include_bytes!("tls/server.der"));
    let [chain, key] = ["chain.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&chain, &own).unwrap();
    let private = pem("PRIVATE KEY", include_bytes!("tls/server-key.der"));
    std::fs::write(&key, private).unwrap();
    let authority = include_str!("tls/ca.pem");
    let options = [
        format!("--ssl-cert={}", chain.display()),
        format!("--ssl-key={}", key.display()),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let with_tls = Server::start(&folder.path().join("with"), "lab", &options).await;
    let without = Server::start(&folder.path().join("without"), "lab", &["--skip-ssl"]).await;
    let ask = async |port: u16, ca: &str| {
        let Request::Mysql(mut asked) = request(port, "right", "SHOW STATUS LIKE 'Ssl_cipher'")
        else {
            unreachable!("it is a request of MySQL");
        };
        if let Some(login) = &mut asked.login {
            login.ca = Some(ca.as_bytes().to_vec().into());
        }
        let asked = Request::Mysql(asked);
        observe(&asked, &direct(None), &mut Held::default(), LONG)
            .await
            .unwrap()
    };
    let seen = ask(with_tls.port, authority).await;
    assert_eq!(seen.outcome, "rows", "{seen:?}");
    assert_ne!(
        seen.fields["rows"][0]["Value"], "",
        "the answer came by TLS"
    );
    for (port, ca) in [(with_tls.port, own.as_str()), (without.port, authority)] {
        let seen = ask(port, ca).await;
        assert_eq!(
            (seen.outcome.as_str(), &seen.fields["stage"]),
            ("tls_failed", &"greeting".into()),
            "{seen:?}"
        );
    }
}
