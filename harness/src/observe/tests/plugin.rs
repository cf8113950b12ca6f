//! Dials through `session-manager-plugin`, which a stand-in of ours plays: this very program, started by a script that has the
//! plugin's command line, opens the port and says so in the plugin's words. The plugin itself is in no registry.
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::ssm::Managed;
use super::{LONG, SHORT, get, observe};
use crate::fault::{Code, Layer, ProbeError};
use crate::observe::{Deadline, Dialled, Miss, SsmSettings, Vantage};

/// What the stand-in is told by: its manner, and the arguments that it was started with.
const MANNER: &str = "LABCHECK_STAND_IN_MANNER";
const REQUEST: &str = "LABCHECK_STAND_IN_REQUEST";

/// The script. It refuses any command line that is not the plugin's.
fn stand_in(folder: &Path, manner: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = folder.join("session-manager-plugin");
    let script = format!(
        "#!/bin/sh\n\
         case \"$#,$1,$2,$3,$4,$6\" in 6,*TokenValue*,us-east-1,StartSession,,http://127.0.0.1:*) ;; *) echo \"$*\" >&2; exit 64 ;; esac\n\
         export {MANNER}={manner} {REQUEST}=\"$5\"\n\
         exec '{}' --exact observe::tests::plugin::plays_the_plugin --ignored --nocapture\n",
        own.display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
#[ignore = "the stand-in: the tests of this file start it"]
fn plays_the_plugin() {
    let Ok(manner) = std::env::var(MANNER) else {
        return;
    };
    match manner.as_str() {
        "dies" => {
            eprintln!("the session was refused");
            std::process::exit(1);
        }
        "never" => loop {
            std::thread::park();
        },
        // Its own slowness, which nobody waits for but by its output.
        "slow" => std::thread::sleep(Duration::from_millis(300)),
        _ => {}
    }
    let request: Value = serde_json::from_str(&std::env::var(REQUEST).unwrap()).unwrap();
    let parameters = &request["Parameters"];
    let target = format!(
        "{} {} {}",
        request["DocumentName"].as_str().unwrap(),
        parameters["host"][0].as_str().unwrap_or("itself"),
        parameters["portNumber"][0].as_str().unwrap()
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    println!("\nStarting session with SessionId: s\nPort {port} opened for sessionId s.");
    println!("Waiting for connections...\n");
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        if let Some(port) = manner.strip_prefix("to-") {
            let port = port.parse().unwrap();
            std::thread::spawn(move || carry(stream, port));
            continue;
        }
        if let Some(once) = manner.strip_prefix("killed-once-") {
            let _asked = stream.read(&mut [0; 4096]);
            stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
            // The folder is the test's: the one that comes after finds that this one was here.
            if std::fs::create_dir(once).is_ok() {
                let own = rustix::process::getpid();
                rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
            }
            stream.write_all(b"Content-Length: 2\r\n\r\nok").unwrap();
            continue;
        }
        stream.write_all(target.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _until_the_other_end_closes = stream.read(&mut [0; 1]);
        if manner == "leaves" {
            std::process::exit(0);
        }
    }
}

/// Carries a connection to a port of this machine. Of an end it knows no more than that it is one, as the plugin does.
fn carry(from: std::net::TcpStream, port: u16) {
    let Ok(to) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let (mut back_from, mut back_to) = (to.try_clone().unwrap(), from.try_clone().unwrap());
    let back = std::thread::spawn(move || {
        let _either_end = std::io::copy(&mut back_from, &mut back_to);
        let _gone = back_to.shutdown(std::net::Shutdown::Both);
    });
    let (mut from, mut to) = (from, to);
    let _either_end = std::io::copy(&mut from, &mut to);
    let _gone = to.shutdown(std::net::Shutdown::Write);
    let _done = back.join();
}

/// The stack, and its first server through a plugin of this manner.
pub(super) async fn through(manner: &str) -> (Managed, Vantage, tempfile::TempDir) {
    let stack = Managed::start(&[], None).await;
    let folder = tempfile::tempdir().unwrap();
    let plugin = Some(stand_in(folder.path(), manner));
    let vantage = stack
        .vantage("ha-web-server-1", SsmSettings { plugin })
        .await;
    (stack, vantage, folder)
}

/// The app's own port, from the server itself: it is there.
async fn dial(vantage: &Vantage, host: &str, within: Duration) -> Result<Dialled, ProbeError> {
    vantage.dial(host, 3000, Deadline::after(within)).await
}

async fn said(dialled: Result<Dialled, ProbeError>) -> String {
    let Ok(Dialled::Connected { mut stream, .. }) = dialled else {
        panic!("{dialled:?}");
    };
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    stream.shutdown().await.unwrap();
    text
}

fn calls(stack: &Managed, action: &str) -> u64 {
    stack.replica.requests().get(action).copied().unwrap_or(0)
}

#[tokio::test]
async fn a_dial_is_carried_by_one_session_for_each_target_and_all_are_ended() {
    for manner in ["opens", "slow"] {
        let (stack, vantage, _folder) = through(manner).await;
        for _twice in 0..2 {
            assert_eq!(
                said(dial(&vantage, "127.0.0.1", LONG).await).await,
                "AWS-StartPortForwardingSession itself 3000"
            );
        }
        assert_eq!(calls(&stack, "ssm:StartSession"), 1, "{manner}");
        vantage.hang_up().await;
        assert_eq!(calls(&stack, "ssm:TerminateSession"), 1, "{manner}");
    }
}

#[tokio::test]
async fn another_host_is_named_to_the_session_and_what_the_instance_can_not_dial_is_told_without_one()
 {
    let (stack, vantage, _folder) = through("opens").await;
    let missed = vantage.dial("127.0.0.1", 1, Deadline::after(LONG)).await;
    let Ok(Dialled::Missed { miss, .. }) = missed else {
        panic!("{missed:?}");
    };
    assert_eq!(miss, Miss::Refused);
    assert_eq!(calls(&stack, "ssm:StartSession"), 0);
    let database = stack
        .aws
        .elsewhere(crate::aws::Kind::DbInstance, "us-east-1")
        .await
        .unwrap();
    let name = crate::aws::at(&database[0], &["endpoint", "address"]).unwrap();
    let dialled = vantage.dial(name, 3306, Deadline::after(LONG)).await;
    assert_eq!(
        said(dialled).await,
        format!("AWS-StartPortForwardingSessionToRemoteHost {name} 3306")
    );
    vantage.hang_up().await;
}

#[tokio::test]
async fn a_plugin_that_has_gone_is_started_again() {
    // Between two probes, as after an hour: AWS ends the session, and the plugin with it.
    let (stack, vantage, _folder) = through("leaves").await;
    for turn in 0..3 {
        let before = vantage.losses();
        assert_eq!(before, turn);
        let told = said(dial(&vantage, "127.0.0.1", LONG).await).await;
        assert_eq!(told, "AWS-StartPortForwardingSession itself 3000");
        let gone = vantage.lost_since(before).await.expect("it leaves");
        assert_eq!(
            (gone.code, gone.layer),
            (Code::VantageFailed, Layer::Vantage)
        );
        assert_eq!(calls(&stack, "ssm:StartSession"), turn + 1);
        assert_eq!(calls(&stack, "ssm:TerminateSession"), turn);
    }
    vantage.hang_up().await;
}

#[tokio::test]
async fn a_plugin_that_is_killed_under_a_probe_is_ours_and_the_next_probe_starts_another() {
    let once = tempfile::tempdir().unwrap();
    let manner = format!("killed-once-{}", once.path().join("was-here").display());
    let (stack, vantage, _folder) = through(&manner).await;
    let request = get("http://127.0.0.1:3000/");
    let error = observe(&request, &vantage, LONG).await.unwrap_err();
    assert_eq!(
        (error.code, error.layer),
        (Code::VantageFailed, Layer::Vantage)
    );
    assert!(error.detail.contains("ended meanwhile"), "{error}");
    let seen = observe(&request, &vantage, LONG).await.unwrap();
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["body"]),
        ("answered", &"ok".into())
    );
    assert_eq!(calls(&stack, "ssm:StartSession"), 2);
    assert_eq!(calls(&stack, "ssm:TerminateSession"), 1, "the first one's");
    vantage.hang_up().await;
}

#[tokio::test]
async fn a_plugin_that_never_listens_is_ours_and_leaves_neither_program_nor_session() {
    for (manner, within, words) in [
        ("never", 5 * SHORT, "did not listen in time"),
        ("dies", LONG, "the session was refused"),
    ] {
        let (stack, vantage, _folder) = through(manner).await;
        let error = dial(&vantage, "127.0.0.1", within).await.unwrap_err();
        assert_eq!(
            (error.code, error.layer),
            (Code::VantageFailed, Layer::Vantage)
        );
        assert!(error.detail.contains(words), "{manner}: {error}");
        assert_eq!(calls(&stack, "ssm:TerminateSession"), 1, "{manner}");
    }
}

#[tokio::test]
async fn without_the_plugin_it_is_ours_to_install() {
    let stack = Managed::start(&[], None).await;
    let plugin = Some(PathBuf::from("/nowhere/session-manager-plugin"));
    let vantage = stack
        .vantage("ha-web-server-1", SsmSettings { plugin })
        .await;
    let error = dial(&vantage, "127.0.0.1", LONG).await.unwrap_err();
    assert_eq!(
        (error.code, error.layer),
        (Code::PluginMissing, Layer::Harness)
    );
}
