//! The command that a person would type to see the same as a probe. It runs nothing, and shows no login of a URL.
use std::net::SocketAddr;
use std::time::Duration;

use super::bounds::one_line;
use super::command::Command;
use super::dns::Dns;
use super::http::Http;
use super::mysql::Mysql;
use super::tcp::Tcp;
use super::vantage::Vantage;

/// A host with its port; an IPv6 address in brackets.
pub(super) fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// The URL without its login; as written where it is none.
pub(super) fn shown_url(http: &Http) -> String {
    let Ok(mut url) = http.parsed() else {
        return http.url.clone();
    };
    if url.username().is_empty() && url.password().is_none() {
        return url.into();
    }
    // Neither can fail: the URL has a host.
    let _had_host = (url.set_username(""), url.set_password(None));
    url.into()
}

pub(super) fn dig(dns: &Dns, vantage: &Vantage, timeout: Duration) -> String {
    let mut words = vec![
        "dig".to_owned(),
        "+noall".into(),
        "+comments".into(),
        "+answer".into(),
    ];
    words.push(format!("+time={}", seconds(timeout)));
    if let Vantage::Socks5(_) | Vantage::Ssh(_) | Vantage::Ssm(_) = vantage {
        words.push("+tcp".into());
    }
    if let Some(resolver) = resolver(vantage) {
        words.push(format!("@{}", resolver.ip()));
        if resolver.port() != 53 {
            words.extend(["-p".into(), resolver.port().to_string()]);
        }
    }
    words.extend([shell_word(&dns.name), dns.record.as_str().to_owned()]);
    noted(&words, vantage, true)
}

pub(super) fn nc(tcp: &Tcp, vantage: &Vantage, timeout: Duration) -> String {
    let mut words = vec![
        "nc".to_owned(),
        "-vz".into(),
        "-w".into(),
        seconds(timeout).to_string(),
    ];
    if let Vantage::Socks5(socks5) = vantage {
        words.extend([
            "-X".into(),
            "5".into(),
            "-x".into(),
            socks5.gateway.to_string(),
        ]);
    }
    let host = tcp.host.trim_start_matches('[').trim_end_matches(']');
    words.extend([shell_word(host), tcp.port.to_string()]);
    noted(&words, vantage, false)
}

pub(super) fn curl(http: &Http, vantage: &Vantage, timeout: Duration) -> String {
    let mut words = vec!["curl".to_owned(), "-sS".into()];
    match http.method.as_str() {
        "GET" => words.push("-i".into()),
        "HEAD" => words.push("-I".into()),
        method => words.extend(["-i".into(), "-X".into(), shell_word(method)]),
    }
    words.extend(["--max-time".into(), seconds(timeout).to_string()]);
    match vantage {
        Vantage::Socks5(socks5) => {
            words.extend(["--socks5-hostname".into(), socks5.gateway.to_string()]);
        }
        Vantage::Direct(_) | Vantage::Ssh(_) | Vantage::Ssm(_) | Vantage::None(_) => {
            words.extend(["--noproxy".into(), "'*'".into()]);
        }
    }
    for (name, value) in &http.headers {
        words.extend(["-H".into(), shell_word(&format!("{name}: {value}"))]);
    }
    words.push(shell_word(&shown_url(http)));
    noted(&words, vantage, false)
}

pub(super) fn mysql(mysql: &Mysql, vantage: &Vantage) -> String {
    let mut words = vec!["mysql".to_owned(), "-p".into()];
    if let Some(login) = &mysql.login {
        words.extend(["-u".into(), shell_word(&login.user)]);
    }
    if let Some((host, port)) = &mysql.host {
        words.extend(["-h".into(), shell_word(host)]);
        if *port != 3306 {
            words.extend(["-P".into(), port.to_string()]);
        }
    }
    words.extend(mysql.database.as_deref().map(shell_word));
    if let Some(query) = &mysql.query {
        words.extend(["-e".into(), shell_word(query)]);
    }
    noted(&words, vantage, false)
}

/// The command as it is run on the host.
pub(super) fn on_host(command: &Command, vantage: &Vantage) -> String {
    noted(&[one_line(&command.line.shell(), 1000)], vantage, true)
}

pub(super) fn login(vantage: &Vantage) -> String {
    noted(&["true".to_owned()], vantage, true)
}

/// The words as one line, and what the command alone does not do.
fn noted(words: &[String], vantage: &Vantage, asks_resolver: bool) -> String {
    let line = words.join(" ");
    match vantage {
        Vantage::None(_) => format!("{line}   # from nowhere: this vantage is not configured"),
        Vantage::Ssh(ssh) => format!("ssh {} {}", ssh.destination(), quote(&line)),
        Vantage::Ssm(ssm) => {
            let instance = ssm.instance();
            format!("{line}   # there: aws ssm start-session --target {instance}, then sudo -i")
        }
        Vantage::Socks5(_) if asks_resolver => format!("{line}   # through {vantage}"),
        _ => match resolver(vantage) {
            Some(resolver) if !asks_resolver => {
                format!("{line}   # names as {resolver} resolves them")
            }
            _ => line,
        },
    }
}

fn resolver(vantage: &Vantage) -> Option<SocketAddr> {
    match vantage {
        Vantage::Direct(direct) => direct.resolver,
        Vantage::Socks5(socks5) => socks5.resolver,
        Vantage::Ssh(ssh) => ssh.resolver_address(),
        Vantage::Ssm(_) | Vantage::None(_) => None,
    }
}

/// Whole seconds, rounded up: the tools know no fractions.
fn seconds(timeout: Duration) -> u64 {
    timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0)
}

/// A word for a POSIX shell, in quotes where it needs them.
pub(super) fn shell_word(word: &str) -> String {
    quote(&one_line(word, 1000))
}

/// A word for a POSIX shell to the letter, in quotes where it needs them.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Direct, Dns, Http, Nowhere, RecordKind, Request, Socks5, Tcp, Vantage};
    use super::shell_word;

    fn through_gateway() -> Vantage {
        Vantage::Socks5(Socks5 {
            gateway: "127.0.0.1:1080".parse().unwrap(),
            resolver: Some("10.0.0.2:53".parse().unwrap()),
        })
    }

    fn with_resolver() -> Vantage {
        Vantage::Direct(Direct {
            resolver: Some("127.0.0.1:5353".parse().unwrap()),
        })
    }

    #[test]
    fn a_request_is_told_as_a_target_and_as_a_command() {
        let direct = Vantage::Direct(Direct::default());
        let dns = Request::Dns(Dns {
            name: "db.example".into(),
            record: RecordKind::A,
        });
        let tcp = Request::Tcp(Tcp {
            host: "2001:db8::1".into(),
            port: 3000,
        });
        let http = Request::Http(Http {
            method: "GET".into(),
            url: "http://user:secret@alb.example/a?b=c d".into(),
            headers: vec![("X-Note".into(), "it's".into())],
            json: false,
            ..Http::default()
        });
        let long = Duration::from_millis(4500);
        for (request, vantage, target, command) in [
            (
                &dns,
                &direct,
                "dns A db.example",
                "dig +noall +comments +answer +time=5 db.example A",
            ),
            (
                &dns,
                &with_resolver(),
                "dns A db.example",
                "dig +noall +comments +answer +time=5 @127.0.0.1 -p 5353 db.example A",
            ),
            (
                &dns,
                &through_gateway(),
                "dns A db.example",
                "dig +noall +comments +answer +time=5 +tcp @10.0.0.2 db.example A   # through socks5 127.0.0.1:1080",
            ),
            (
                &tcp,
                &direct,
                "tcp [2001:db8::1]:3000",
                "nc -vz -w 5 2001:db8::1 3000",
            ),
            (
                &tcp,
                &through_gateway(),
                "tcp [2001:db8::1]:3000",
                "nc -vz -w 5 -X 5 -x 127.0.0.1:1080 2001:db8::1 3000   # names as 10.0.0.2:53 resolves them",
            ),
            (
                &tcp,
                &Vantage::None(Nowhere),
                "tcp [2001:db8::1]:3000",
                "nc -vz -w 5 2001:db8::1 3000   # from nowhere: this vantage is not configured",
            ),
            (
                &http,
                &direct,
                "GET http://alb.example/a?b=c%20d",
                "curl -sS -i --max-time 5 --noproxy '*' -H 'X-Note: it'\\''s' 'http://alb.example/a?b=c%20d'",
            ),
            (
                &http,
                &through_gateway(),
                "GET http://alb.example/a?b=c%20d",
                "curl -sS -i --max-time 5 --socks5-hostname 127.0.0.1:1080 -H 'X-Note: it'\\''s' 'http://alb.example/a?b=c%20d'   # names as 10.0.0.2:53 resolves them",
            ),
        ] {
            assert_eq!(request.target(), target);
            assert_eq!(request.command(vantage, long), command);
        }
    }

    #[test]
    fn a_hostile_word_stays_one_word_of_one_line() {
        for (word, text) in [
            ("", "''"),
            ("-oProxyCommand=x", "'-oProxyCommand=x'"),
            ("a;rm -rf /", "'a;rm -rf /'"),
            ("$(x)`y`", "'$(x)`y`'"),
            ("'", "''\\'''"),
            ("a\nb", "'a·b'"),
        ] {
            assert_eq!(shell_word(word), text);
        }
    }
}
