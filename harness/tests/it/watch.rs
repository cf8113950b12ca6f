//! `labcheck run --watch` on a stack that is mended while it looks.
use std::fs::{File, read_to_string};
use std::time::{Duration, Instant};

use labcheck::aws::Kind;

use crate::deployed::Deployed;
use crate::face::Face;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_red_is_looked_at_until_it_is_green_and_nothing_else() {
    let stack = Deployed::with(&["server-1-left-stopped"]).await;
    let (page, errors) = (stack.path("page"), stack.path("errors"));
    let mut child = stack
        .command(&["run", "running", "database-available", "--watch"])
        .stdout(File::create(&page).expect("a file"))
        .stderr(File::create(&errors).expect("a file"))
        .spawn()
        .expect("the binary");
    let until = Instant::now() + Duration::from_mins(1);
    let shows = |text: &str| read_to_string(&page).expect("the page").contains(text);
    while !shows("1 not passed yet") {
        assert!(
            Instant::now() < until,
            "{}",
            read_to_string(&errors).expect("what it complains of")
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let servers = stack.aws.elsewhere(Kind::Instance, "us-east-1").await;
    for server in servers.expect("the servers") {
        let id = server
            .get("id")
            .and_then(|id| id.as_str())
            .expect("an id")
            .to_owned();
        if stack
            .aws
            .server(&id)
            .await
            .expect("its state")
            .is_some_and(|server| server.state == "stopped")
        {
            stack.aws.start_server(&id).await.expect("it is started");
        }
    }
    while child.try_wait().expect("a child").is_none() {
        assert!(
            Instant::now() < until,
            "it goes on: {}",
            read_to_string(&page).expect("the page")
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let code = child.wait().expect("its code").code();
    let page = read_to_string(&page).expect("the page");
    assert_eq!(code, Some(0), "{page}");
    assert!(page.contains("  passed  running[web1]"), "{page}");
    assert!(page.contains("Everything passed."), "{page}");
    assert_eq!(
        stack.calls("rds:DescribeDBInstances"),
        2,
        "the first look and the last, of the whole"
    );
}

#[test]
fn what_can_not_be_mended_or_would_be_disrupted_again_and_again_is_not_watched() {
    let ended = Face::run().arg("--watch").end();
    ended.exits(2).complains("--watch is for a deployed stack");
    let ended = Face::run().args("--watch --allow-disruptive").end();
    ended.exits(2).complains("cannot be used with");
}
