//! The probe `dns` in detail: the chain, what hostile answers do, and how a name of several addresses is dialled.
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::CNAME;
use hickory_proto::rr::{Name, RData};
use serde_json::json;

use super::super::RecordKind;
use super::dns_server::{self, By, record, reply_to};
use super::observe;
use super::{LONG, SHORT, direct, dns, peers, tcp};
use crate::fault::Code;
use crate::observation::Observation;

#[tokio::test]
async fn the_whole_chain_is_kept_in_order() {
    let names = dns_server::knowing(&[
        "Cluster.example CNAME writer.example",
        "writer.example CNAME host.EXAMPLE",
        "host.example A 10.0.2.9",
        "host.example A 10.0.2.10",
    ])
    .await;
    let seen = observe(
        &dns(RecordKind::A, "cluster.EXAMPLE."),
        &direct(Some(names.address)),
        LONG,
    )
    .await
    .unwrap();
    let expected = Observation::of("resolved")
        .with("addresses", json!(["10.0.2.9", "10.0.2.10"]))
        .with("cnames", json!(["writer.example", "host.example"]))
        .with(
            "answers",
            json!([
                { "name": "cluster.example", "type": "CNAME", "ttl": 5, "data": "writer.example" },
                { "name": "writer.example", "type": "CNAME", "ttl": 5, "data": "host.example" },
                { "name": "host.example", "type": "A", "ttl": 60, "data": "10.0.2.9" },
                { "name": "host.example", "type": "A", "ttl": 60, "data": "10.0.2.10" },
            ]),
        )
        .with("ttl", 5);
    assert_eq!(seen, expected);
}

/// Answers each question with only the records of the very name that was asked, as a server that follows nothing.
async fn following_nothing(zone: &'static [&'static str]) -> dns_server::DnsServer {
    dns_server::serving(move |question, _| {
        let mut reply = reply_to(&question);
        let asked = &question.queries[0].name;
        reply.add_answers(
            zone.iter()
                .map(|line| record(line))
                .filter(|r| r.name == *asked),
        );
        Some(reply.to_vec().unwrap())
    })
    .await
}

#[tokio::test]
async fn aliases_are_followed_where_the_server_follows_none_and_no_circle_is_run_for_ever() {
    let names = following_nothing(&[
        "a.example CNAME b.example",
        "b.example CNAME c.example",
        "c.example A 10.0.0.1",
        "self.example CNAME self.example",
        "left.example CNAME right.example",
        "right.example CNAME left.example",
    ])
    .await;
    let vantage = direct(Some(names.address));
    for (name, outcome, chain) in [
        ("a.example", "resolved", vec!["b.example", "c.example"]),
        ("self.example", "no_data", vec!["self.example"]),
        (
            "left.example",
            "no_data",
            vec!["right.example", "left.example"],
        ),
    ] {
        let seen = observe(&dns(RecordKind::A, name), &vantage, LONG)
            .await
            .unwrap();
        assert_eq!(
            (seen.outcome.as_str(), &seen.fields["cnames"]),
            (outcome, &json!(chain))
        );
    }
}

#[tokio::test]
async fn an_endless_chain_is_left() {
    let names = dns_server::serving(|question, _| {
        let mut reply = reply_to(&question);
        let asked = question.queries[0].name.to_ascii();
        let next = asked.trim_end_matches(".example.").parse::<u64>().unwrap() + 1;
        reply.add_answer(record(&format!("{asked} CNAME {next}.example")));
        Some(reply.to_vec().unwrap())
    })
    .await;
    let seen = observe(
        &dns(RecordKind::A, "0.example"),
        &direct(Some(names.address)),
        LONG,
    )
    .await
    .unwrap();
    assert_eq!(seen.outcome, "no_data");
    assert_eq!(seen.fields["cnames"].as_array().unwrap().len(), 17);
}

#[tokio::test]
async fn an_answer_too_large_for_a_datagram_is_fetched_over_tcp_and_bounded() {
    let names = dns_server::serving(|question, by| {
        let mut reply = reply_to(&question);
        match by {
            By::Udp => reply.metadata.truncation = true,
            By::Tcp => {
                reply.add_answers(
                    (0..500)
                        .map(|i| record(&format!("many.example A 10.0.{}.{}", i / 250, i % 250))),
                );
            }
        }
        Some(reply.to_vec().unwrap())
    })
    .await;
    let seen = observe(
        &dns(RecordKind::A, "many.example"),
        &direct(Some(names.address)),
        LONG,
    )
    .await
    .unwrap();
    let addresses = seen.fields["addresses"].as_array().unwrap();
    assert_eq!(
        (addresses.len(), &addresses[255]),
        (256, &json!("10.0.1.5"))
    );
}

#[tokio::test]
async fn the_longest_name_and_bytes_that_are_no_text_are_shown_escaped() {
    let longest = format!("{}.", [&"a".repeat(63)[..]; 4].join(".").split_at(253).0);
    let wire = longest.clone();
    let names = dns_server::serving(move |question, _| {
        let mut reply = reply_to(&question);
        let asked = question.queries[0].name.to_ascii();
        if asked == wire {
            reply.add_answer(record(&format!("{asked} A 10.0.0.1")));
        } else {
            let odd = Name::from_labels([&b"\x1b[2J\0"[..], b"\xff."]).unwrap();
            let mut answer = record(&format!("{asked} CNAME other.example"));
            answer.data = RData::CNAME(CNAME(odd));
            reply.add_answer(answer);
        }
        Some(reply.to_vec().unwrap())
    })
    .await;
    let vantage = direct(Some(names.address));
    let seen = observe(&dns(RecordKind::A, &longest), &vantage, LONG)
        .await
        .unwrap();
    assert_eq!(seen.outcome, "resolved");
    let seen = observe(&dns(RecordKind::Cname, "odd.example"), &vantage, LONG)
        .await
        .unwrap();
    let shown = seen.fields["cnames"][0].as_str().unwrap();
    assert!(shown.chars().all(|c| c.is_ascii_graphic()), "{shown:?}");
}

#[tokio::test]
async fn answers_that_are_no_answers_are_the_resolvers_failure() {
    type Spoil = fn(Message) -> Option<Vec<u8>>;
    let cases: [(Spoil, &str); 5] = [
        // The name of the answer points at itself.
        (
            |question| {
                let mut bytes = reply_to(&question).to_vec().unwrap();
                bytes[7] = 1;
                let here = u8::try_from(bytes.len()).unwrap();
                bytes.extend([0xc0, here, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1]);
                Some(bytes)
            },
            "malformed answer",
        ),
        // It promises records that are not there.
        (
            |question| {
                let mut bytes = reply_to(&question).to_vec().unwrap();
                bytes[6] = 0xff;
                Some(bytes)
            },
            "malformed answer",
        ),
        // It answers another question.
        (
            |question| {
                let mut reply = reply_to(&question);
                reply.queries[0].name = record("other.example A 10.0.0.1").name;
                Some(reply.to_vec().unwrap())
            },
            "it answers another question",
        ),
        (
            |question| Some(dns_server::code(&question, ResponseCode::Refused)),
            "answers REFUSED",
        ),
        (|_| None, "no answer"),
    ];
    for (spoil, detail) in cases {
        let names = dns_server::serving(move |question, _| spoil(question)).await;
        for request in [dns(RecordKind::A, "web.example"), tcp("web.example", 80)] {
            let error = observe(&request, &direct(Some(names.address)), SHORT)
                .await
                .unwrap_err();
            assert_eq!(error.code, Code::ResolverFailed);
            assert!(error.detail.contains(detail), "{error}");
        }
    }
}

#[tokio::test]
async fn of_several_addresses_one_that_connects_wins_and_an_answer_outweighs_silence() {
    let silent = peers::silent().await;
    // Other addresses of loopback, where nobody listens on that port: refused at once.
    let names = dns_server::knowing(&[
        "mixed.example A 127.0.0.1",
        "mixed.example A 127.0.0.2",
        "six.example AAAA ::1",
        "both.example A 127.0.0.1",
        "both.example AAAA 2001:db8::1",
    ])
    .await;
    let vantage = direct(Some(names.address));
    let seen = observe(&tcp("mixed.example", silent.port()), &vantage, SHORT)
        .await
        .unwrap();
    let expected = Observation::of("refused").with("address", "127.0.0.2");
    assert_eq!(seen, expected);

    let open = peers::open().await;
    for name in ["mixed.example", "both.example"] {
        let seen = observe(&tcp(name, open.port()), &vantage, LONG)
            .await
            .unwrap();
        assert_eq!(
            seen,
            Observation::of("connected").with("address", "127.0.0.1")
        );
    }
    let Ok(listener) = tokio::net::TcpListener::bind("[::1]:0").await else {
        println!("skipped: this machine has no IPv6");
        return;
    };
    let port = listener.local_addr().unwrap().port();
    for host in ["six.example", "::1", "[::1]", "localhost"] {
        let seen = observe(&tcp(host, port), &vantage, LONG).await.unwrap();
        assert_eq!(
            seen,
            Observation::of("connected").with("address", "::1"),
            "{host}"
        );
    }
}
