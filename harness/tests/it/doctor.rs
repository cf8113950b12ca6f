//! `labcheck doctor`: what is as it should be says so, and each thing that is not says what to do about it.
use crate::deployed::Deployed;
use crate::face::Face;

#[tokio::test(flavor = "multi_thread")]
async fn where_all_is_well_it_says_so() {
    let stack = Deployed::with(&[]).await;
    let output = stack.run(&["doctor"]).await;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}");
    for line in [
        "lab ha-web, region us-east-1",
        "the AWS credentials work",
        "the region us-east-1 answers (VPCs: 2)",
        "actions that the checks take are allowed",
        "the resolver knows employee-database.",
        "the resolver knows ha-system-alb-",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(told.lines().all(|line| line.starts_with("ok ")), "{told}");
}

/// A resolver that gives no address for any name, as one does that keeps private addresses to itself.
fn filtering() -> std::net::SocketAddr {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    std::thread::spawn(move || {
        let mut query = [0; 1232];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            // A response (QR), recursion available, no error, no answer.
            query[2] |= 0x80;
            query[3] = 0x80;
            let _gone = socket.send_to(&query[..length], from);
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_and_a_resolver_that_filters_are_told_before_a_run() {
    let policy = crate::policy::policy("--lab ha-web");
    let mut allowed = crate::policy::actions(&policy);
    assert!(allowed.remove("rds:DescribeDBSubnetGroups"));
    let stack = Deployed::start(&[], Some(allowed)).await;
    let bed = stack.path("bed.yaml");
    let written = std::fs::read_to_string(&bed).expect("the stack file");
    let (before, _) = written.split_once("resolver: '").expect("a resolver");
    std::fs::write(&bed, format!("{before}resolver: '{}' }}\n", filtering())).expect("it");
    let output = stack.run(&["doctor"]).await;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    let troubles: Vec<&str> = told.lines().filter(|line| line.starts_with('x')).collect();
    assert_eq!(troubles.len(), 3, "{told}");
    assert!(troubles[0].contains("rds:DescribeDBSubnetGroups"), "{told}");
    assert!(troubles[1].contains("employee-database."), "{told}");
    assert!(troubles[2].contains("ha-system-alb-"), "{told}");
    let remedies = told.lines().filter(|line| line.starts_with("      > "));
    assert_eq!(remedies.count(), 3, "{told}");
}

#[test]
fn each_trouble_is_named_with_its_remedy() {
    let face = Face::command("doctor")
        .env("LANG", "en_US.UTF-8")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let key = face.file("key.pem", "no key");
    let nowhere = face.home().join("nowhere");
    let stack = format!(
        "lab: aurora-wordpress\nregion: ap-northeast-1\nendpoint_url: http://127.0.0.1:1\nvars: {{ user: user05 }}\n\
         logins: {{ db: {{ user: admin, password: {{ env: NOT_SET }} }} }}\nvantages:\n  \
         bastion: {{ ssh: {{ host: 127.0.0.1, user: ec2-user, key: '{}', known_hosts: '{}' }} }}\n",
        key.display(),
        nowhere.display()
    );
    let ended = face.stack(&stack).end().exits(3);
    let told = ended.stdout.clone();
    for (mark, what) in [
        ("!", "HTTPS_PROXY is set, and labcheck uses no proxy"),
        ("x", "bastion: "),
        ("x", "bastion: there is no "),
        ("x", "sts:GetCallerIdentity"),
        ("x", "login db: the variable NOT_SET is not set"),
    ] {
        let found = told
            .lines()
            .any(|line| line.starts_with(mark) && line.contains(what));
        assert!(found, "{mark} {what}: {told}");
    }
    let lines: Vec<&str> = told.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with('x')) {
        assert!(pair[1].starts_with("      > "), "no remedy: {pair:?}");
    }
}

#[test]
fn the_plugin_is_looked_for_where_something_is_dialled_through_systems_manager() {
    // Lab 000 only runs commands there, for which nobody needs it.
    for (lab, region, vars, vantage, wanted) in [
        (
            "aurora-wordpress",
            "ap-northeast-1",
            "vars: { user: user05 }\n",
            "bastion",
            true,
        ),
        ("ha-web", "us-east-1", "", "web1", false),
    ] {
        for (there, words) in [
            (
                false,
                "x     VANTAGE: session-manager-plugin is not installed",
            ),
            (true, "ok    VANTAGE: session-manager-plugin is there"),
        ] {
            let face = Face::command("doctor").env("LANG", "en_US.UTF-8");
            let plugin = face.home().join("session-manager-plugin");
            if there {
                face.file("session-manager-plugin", "");
            }
            let stack = format!(
                "lab: {lab}\nregion: {region}\nendpoint_url: http://127.0.0.1:1\n{vars}vantages:\n  \
                 {vantage}: {{ ssm: {{ instance: web1, plugin: '{}' }} }}\n",
                plugin.display()
            );
            let ended = face.stack(&stack).end().exits(3);
            let words = words.replace("VANTAGE", vantage);
            assert_eq!(ended.stdout.contains(&words), wanted, "{}", ended.told());
            let told = ended.stdout.contains("session-manager-plugin");
            assert_eq!(told, wanted, "{}", ended.told());
        }
    }
}
