//! What an API that misbehaves comes to: a typed error, soon, for everything that hung on it.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::server::{Answer, Server, Then};
use crate::aws::connect::Patience;
use crate::aws::{Access, Aws, Credentials, Kind, Snapshot, Wants};
use crate::fault::{Code, Layer, ProbeError};

/// Patience that a test can wait for.
const SHORT: Patience = Patience {
    connect: Duration::from_millis(400),
    attempt: Duration::from_millis(700),
    operation: Duration::from_millis(1600),
    attempts: 3,
    first_backoff: Duration::from_millis(5),
    longest_backoff: Duration::from_millis(20),
};

pub(super) fn access(url: &str) -> Access {
    Access {
        region: "us-east-1".to_owned(),
        endpoint_url: Some(url.to_owned()),
        endpoint_urls: BTreeMap::new(),
        credentials: Credentials::Fixed {
            access_key_id: "AKIAREPLICA0000000".to_owned(),
            secret_access_key: "replica".to_owned(),
            session_token: None,
        },
        expect_account: None,
        isolated: true,
    }
}

pub(super) async fn connect(access: Access) -> Aws {
    Aws::connect_with(access, SHORT, Arc::default())
        .await
        .expect("fixed credentials always connect")
}

fn wants(kinds: &[Kind]) -> Wants {
    let mut wants = Wants::new();
    for &kind in kinds {
        wants.kind(kind);
    }
    wants
}

/// What listing the VPCs comes to where STS is well and EC2 answers so.
async fn vpcs(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> (Aws, Snapshot) {
    let server = Server::start(move |action, nth| match action {
        "GetCallerIdentity" => Answer::caller(),
        _ => answer(nth),
    })
    .await;
    let aws = connect(access(&server.url)).await;
    let snapshot = aws.snapshot(&wants(&[Kind::Vpc])).await;
    (aws, snapshot)
}

fn error(snapshot: &Snapshot) -> ProbeError {
    snapshot
        .list(Kind::Vpc)
        .expect_err("the listing is broken")
        .clone()
}

/// Answers that are none: a portal's, a cut one, silence.
fn no_answers() -> Vec<(&'static str, Answer, Code)> {
    let html = "<html><body>Welcome to the campus network</body></html>";
    let cut = "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item>";
    let http = |status, kind, body: &str| Answer::Http(status, kind, body.to_owned());
    let raw = |text: &str, then| Answer::Raw(text.as_bytes().to_vec(), then);
    vec![
        (
            "HTML with 500",
            http(500, "text/html", html),
            Code::ApiFailed,
        ),
        (
            "HTML with 200",
            http(200, "text/html", html),
            Code::ApiMalformed,
        ),
        (
            "HTML with 404",
            http(404, "text/html", html),
            Code::ApiMalformed,
        ),
        (
            "a redirect to a portal",
            http(302, "text/html", html),
            Code::ApiMalformed,
        ),
        (
            "an empty 200",
            http(200, "text/xml", ""),
            Code::ApiMalformed,
        ),
        (
            "JSON",
            http(200, "application/json", "{}"),
            Code::ApiMalformed,
        ),
        (
            "XML cut off",
            http(200, "text/xml", cut),
            Code::ApiMalformed,
        ),
        (
            "another action's XML",
            Answer::xml("<DescribeSubnetsResponse/>"),
            Code::ApiMalformed,
        ),
        (
            "no list",
            Answer::xml("<DescribeVpcsResponse/>"),
            Code::ApiMalformed,
        ),
        (
            "no id",
            Answer::xml("<DescribeVpcsResponse><vpcSet><item/></vpcSet></DescribeVpcsResponse>"),
            Code::ApiMalformed,
        ),
        (
            "a number that is none",
            Answer::xml(
                "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><isDefault>maybe</isDefault></item></vpcSet>\
                 </DescribeVpcsResponse>",
            ),
            Code::ApiMalformed,
        ),
        (
            "garbage",
            raw("\u{1}\u{2}SSH-2.0-x\r\n", Then::Close),
            Code::ApiUnreachable,
        ),
        (
            "the end at once",
            raw("", Then::Close),
            Code::ApiUnreachable,
        ),
        ("silence", raw("", Then::Silence), Code::ApiTimeout),
        (
            "a body that breaks off",
            raw(
                "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n<Desc",
                Then::Close,
            ),
            Code::ApiMalformed,
        ),
        (
            "a body that never comes",
            raw(
                "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n<Desc",
                Then::Silence,
            ),
            Code::ApiTimeout,
        ),
    ]
}

/// Errors that the API names itself.
fn errors() -> Vec<(&'static str, Answer, Code)> {
    vec![
        (
            "expired credentials",
            Answer::ec2_error(400, "RequestExpired", "x"),
            Code::ExpiredCredentials,
        ),
        (
            "a stranger's key",
            Answer::ec2_error(401, "AuthFailure", "x"),
            Code::InvalidCredentials,
        ),
        (
            "no permission",
            Answer::ec2_error(403, "UnauthorizedOperation", "x"),
            Code::AccessDenied,
        ),
        (
            "a closed region",
            Answer::ec2_error(401, "OptInRequired", "x"),
            Code::RegionDisabled,
        ),
        (
            "throttling",
            Answer::ec2_error(503, "RequestLimitExceeded", "x"),
            Code::Throttled,
        ),
        (
            "a fault of its own",
            Answer::ec2_error(500, "InternalError", "x"),
            Code::ApiFailed,
        ),
        (
            "a refusal",
            Answer::ec2_error(400, "InvalidParameterValue", "x"),
            Code::ApiRejected,
        ),
    ]
}

#[tokio::test]
async fn every_wrong_answer_is_a_typed_error_and_soon() {
    let mut tasks = tokio::task::JoinSet::new();
    for (name, answer, code) in no_answers().into_iter().chain(errors()) {
        tasks.spawn(async move {
            let began = Instant::now();
            let (_, snapshot) = vpcs(move |_| answer.clone()).await;
            let error = error(&snapshot);
            assert_eq!(error.code, code, "{name}: {error}");
            assert_eq!(
                (error.layer, error.target.as_str()),
                (Layer::Aws, "ec2:DescribeVpcs (us-east-1)"),
                "{name}"
            );
            assert!(error.detail.len() <= 400, "{name}: {error}");
            assert!(
                began.elapsed() < Duration::from_secs(6),
                "{name} took {:?}",
                began.elapsed()
            );
            assert!(
                snapshot.list(Kind::Account).is_ok(),
                "{name} is no fault of the credentials"
            );
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn a_body_without_end_is_given_up_and_costs_no_memory() {
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let endless = Server::start(move |action, _| match action {
        "GetCallerIdentity" => Answer::caller(),
        // The head comes again within the chunks, and is more of the body's bytes.
        _ => Answer::Raw(
            format!("{head}{}", chunk.repeat(64)).into_bytes(),
            Then::Repeat,
        ),
    })
    .await;
    let aws = Aws::connect_with(
        access(&endless.url),
        Patience {
            attempt: Duration::from_secs(20),
            operation: Duration::from_secs(20),
            ..SHORT
        },
        Arc::default(),
    )
    .await
    .expect("fixed credentials always connect");
    let snapshot = aws.snapshot(&wants(&[Kind::Vpc])).await;
    assert_eq!(error(&snapshot).code, Code::ApiMalformed);
}

#[tokio::test]
async fn throttling_is_waited_out_and_every_request_is_counted() {
    let (aws, snapshot) = vpcs(|nth| match nth {
        0 | 1 => Answer::ec2_error(503, "RequestLimitExceeded", "slow down"),
        _ => Answer::vpcs(&["vpc-1"]),
    })
    .await;
    assert_eq!(snapshot.list(Kind::Vpc).map(<[_]>::len), Ok(1));
    assert_eq!(
        aws.calls(),
        BTreeMap::from([
            ("ec2:DescribeVpcs".to_owned(), 3),
            ("sts:GetCallerIdentity".to_owned(), 1)
        ])
    );
}

#[tokio::test]
async fn bad_credentials_are_one_root_and_nothing_else_is_asked() {
    for (answer, code) in [
        (
            Answer::query_error(
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            ),
            Code::ExpiredCredentials,
        ),
        (
            Answer::query_error(403, "InvalidClientTokenId", "The security token is invalid"),
            Code::InvalidCredentials,
        ),
        (
            Answer::query_error(
                403,
                "SignatureDoesNotMatch",
                "The Canonical String for this request was secret",
            ),
            Code::InvalidCredentials,
        ),
        (
            Answer::xml(
                "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>",
            ),
            Code::ApiMalformed,
        ),
    ] {
        let server = Server::start(move |_, _| answer.clone()).await;
        let aws = connect(access(&server.url)).await;
        let snapshot = aws.snapshot(&wants(&[Kind::Vpc, Kind::Listener])).await;
        let root = snapshot
            .list(Kind::Account)
            .expect_err("no account")
            .clone();
        assert_eq!(
            (root.code, root.target.as_str()),
            (code, "sts:GetCallerIdentity (us-east-1)")
        );
        assert!(!root.detail.contains("secret"), "{root}");
        for kind in [Kind::Vpc, Kind::Listener, Kind::LoadBalancer] {
            assert_eq!(snapshot.list(kind), Err(&root));
        }
        assert_eq!(
            aws.calls().keys().collect::<Vec<_>>(),
            ["sts:GetCallerIdentity"]
        );
    }
}

#[tokio::test]
async fn another_account_than_expected_is_the_root() {
    let server = Server::start(|_, _| Answer::caller()).await;
    let aws = connect(Access {
        expect_account: Some("999900001111".to_owned()),
        ..access(&server.url)
    })
    .await;
    let snapshot = aws.snapshot(&wants(&[Kind::Vpc])).await;
    let root = error(&snapshot);
    assert_eq!(root.code, Code::WrongAccount);
    assert!(
        root.detail.contains("ends in 9012") && !root.detail.contains("123456789012"),
        "{root}"
    );
    let right = connect(Access {
        expect_account: Some("123456789012".to_owned()),
        ..access(&server.url)
    })
    .await;
    assert!(
        right
            .snapshot(&Wants::new())
            .await
            .list(Kind::Account)
            .is_ok()
    );
}

#[tokio::test]
async fn a_denial_names_nobody() {
    let (_, snapshot) = vpcs(|_| {
        Answer::ec2_error(
            403,
            "UnauthorizedOperation",
            "You are not authorized. User: arn:aws:sts::123456789012:assumed-role/voclabs/user1=taro@example.ac.jp is \
             not authorized to perform: ec2:DescribeVpcs&#x1b;[31m. Encoded authorization failure message: c2VjcmV0",
        )
    })
    .await;
    let error = error(&snapshot);
    for secret in ["123456789012", "taro", "c2VjcmV0", "\u{1b}"] {
        assert!(!error.detail.contains(secret), "{error}");
    }
    assert!(error.detail.contains("ec2:DescribeVpcs"), "{error}");
}

#[tokio::test]
async fn what_fails_keeps_nothing_else_from_being_observed() {
    let server = Server::start(|action, _| match action {
        "GetCallerIdentity" => Answer::caller(),
        "DescribeVpcs" => Answer::vpcs(&["vpc-1", "vpc-2"]),
        "DescribeVpcAttribute" => Answer::ec2_error(403, "UnauthorizedOperation", "no"),
        _ => Answer::ec2_error(500, "InternalError", "no"),
    })
    .await;
    let aws = connect(access(&server.url)).await;
    let mut wants = wants(&[Kind::Subnet]);
    wants.path(Kind::Vpc, vec!["enable_dns_support".to_owned()]);
    let snapshot = aws.snapshot(&wants).await;
    let vpcs = snapshot.list(Kind::Vpc).expect("the VPCs were listed");
    assert_eq!(vpcs.len(), 2);
    let listed = [vec!["cidr_block".to_owned()]].into_iter().collect();
    assert!(snapshot.expand(Kind::Vpc, &vpcs[0], &listed).is_ok());
    let costly = [vec!["enable_dns_support".to_owned()]]
        .into_iter()
        .collect();
    let error = snapshot
        .expand(Kind::Vpc, &vpcs[0], &costly)
        .expect_err("the attribute is denied");
    assert_eq!(
        (error.code, error.target.as_str()),
        (Code::AccessDenied, "ec2:DescribeVpcAttribute (us-east-1)")
    );
    assert_eq!(
        snapshot.list(Kind::Subnet).map_err(|error| error.code),
        Err(Code::ApiFailed)
    );
}

#[tokio::test]
async fn a_port_that_is_closed_is_an_api_that_is_not_reached() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a port");
        listener
            .local_addr()
            .expect("a bound listener has an address")
    };
    let aws = connect(access(&format!("http://{closed}"))).await;
    let snapshot = aws.snapshot(&wants(&[Kind::Vpc])).await;
    assert_eq!(error(&snapshot).code, Code::ApiUnreachable);
}

#[tokio::test]
async fn tls_to_a_server_that_speaks_none_is_an_api_that_is_not_reached() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a port");
    let url = format!(
        "https://{}",
        listener
            .local_addr()
            .expect("a bound listener has an address")
    );
    let plain = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .ok();
        }
    });
    let aws = connect(access(&url)).await;
    assert_eq!(
        error(&aws.snapshot(&wants(&[Kind::Vpc])).await).code,
        Code::ApiUnreachable
    );
    plain.abort();
}

/// What a credentials file leads to.
async fn by_file(text: &str, profile: Option<&str>) -> Result<Aws, ProbeError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("credentials");
    std::fs::write(&path, text).expect("a file");
    let credentials = Credentials::Chain {
        profile: profile.map(str::to_owned),
        file: Some(path),
        role_arn: None,
        external_id: None,
        instance: false,
    };
    Aws::connect(Access {
        credentials,
        isolated: false,
        ..access("http://127.0.0.1:9")
    })
    .await
}

#[tokio::test]
async fn a_credentials_file_gives_its_keys_and_starts_no_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("started");
    let process = format!("credential_process = touch {}\n", trace.display());
    let keys =
        "aws_access_key_id = ASIAEXAMPLE\naws_secret_access_key=s\naws_session_token = t==\n";
    assert!(by_file(&format!("[default]\n{keys}"), None).await.is_ok());
    assert!(
        by_file(&format!("[other]\n{keys}"), Some("other"))
            .await
            .is_ok()
    );
    for (text, profile, part) in [
        (format!("[other]\n{keys}"), None, "no section [default]"),
        (
            "[default]\naws_access_key_id = A\n".to_owned(),
            None,
            "no aws_secret_access_key in [default]",
        ),
        (
            format!("[default]\n{process}"),
            None,
            "no aws_access_key_id in [default]",
        ),
    ] {
        let error = by_file(&text, profile).await.expect_err("no keys");
        assert_eq!(error.code, Code::NoCredentials);
        assert!(error.detail.contains(part), "{error}");
    }
    assert!(!trace.exists(), "a handed-in file is no program");
}

#[tokio::test]
async fn a_profile_that_no_file_defines_is_named() {
    let credentials = Credentials::Chain {
        profile: Some("labcheck-no-such-profile".to_owned()),
        file: None,
        role_arn: None,
        external_id: None,
        instance: false,
    };
    let access = Access {
        credentials,
        isolated: false,
        ..access("http://127.0.0.1:9")
    };
    let error = Aws::connect(access)
        .await
        .expect_err("there is no such profile");
    assert_eq!(error.code, Code::NoCredentials);
    assert!(error.target.contains("labcheck-no-such-profile"), "{error}");
}

#[tokio::test]
async fn an_endpoint_in_place_of_aws_own_is_told() {
    let server = Server::start(|_, _| Answer::caller()).await;
    let aws = connect(access(&format!("{}/", server.url))).await;
    aws.snapshot(&Wants::new()).await;
    assert_eq!(
        aws.overrides().into_iter().collect::<Vec<_>>(),
        std::slice::from_ref(&server.url)
    );
}
