//! A drill whose grader loses its own network for a while: nothing of that is the stack's.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use crate::deployed::{Deployed, told};

/// How long the way is gone: more samples than a drill may miss, which takes one a second.
const GONE: Duration = Duration::from_secs(8);

/// A way to the gateway that can be closed. It ends with the test's runtime.
async fn way(gateway: String, is_open: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            // Dropped, which closes it, while the way is gone.
            if !is_open.load(Ordering::SeqCst) {
                continue;
            }
            let gateway = gateway.clone();
            tokio::spawn(async move {
                let mut far = TcpStream::connect(gateway).await.expect("the gateway");
                let _until_one_ends = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_its_grader_could_not_watch_is_errored_and_everything_runs() {
    let stack = Deployed::with(&[]).await;
    let is_open = Arc::new(AtomicBool::new(true));
    let gateway = stack.replica.gateway().to_string();
    let way = way(gateway.clone(), Arc::clone(&is_open)).await;
    let bed = stack.path("bed.yaml");
    let text = std::fs::read_to_string(&bed).expect("the stack file");
    let through = text.replace(&gateway, &way);
    assert_ne!(text, through);
    std::fs::write(&bed, through).expect("written");

    let child = stack.drill();
    stack.until("stopping").await;
    is_open.store(false, Ordering::SeqCst);
    tokio::time::sleep(GONE).await;
    is_open.store(true, Ordering::SeqCst);
    let output = stack.ended(child).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    for part in ["too much could not be looked at", "0 failed, 1 errored"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    stack.all_runs().await;
}
