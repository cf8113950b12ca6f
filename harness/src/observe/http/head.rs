//! Whether an answer broke off in its head: this tells a server that closed too early from one that speaks something
//! else and then closes. It parses no answer; reqwest does.

/// Whether these are the first bytes of an HTTP/1 answer whose head is not whole. A whole head that was no answer all
/// the same is not: what is wrong with it is not that it ended.
pub(super) fn breaks_off(bytes: &[u8]) -> bool {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return may_become_a_status(bytes);
    };
    let status = without_return(&bytes[..end]);
    if !is_status(status) {
        return false;
    }
    let mut rest = &bytes[end + 1..];
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = without_return(&rest[..end]);
        rest = &rest[end + 1..];
        if line.is_empty() {
            // Only an informational head (1xx) is followed by another.
            return status[9] == b'1' && breaks_off(rest);
        }
        if !is_header(line) {
            return false;
        }
    }
    true
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line that has not ended can still become `HTTP/1.x NNN …`.
fn may_become_a_status(line: &[u8]) -> bool {
    let mut whole = line.to_vec();
    let least = b"HTTP/1.1 200";
    if whole.len() < least.len() {
        whole.extend(&least[whole.len()..]);
    }
    is_status(without_return(&whole))
}

fn is_status(line: &[u8]) -> bool {
    let [
        b'H',
        b'T',
        b'T',
        b'P',
        b'/',
        b'1',
        b'.',
        b'0' | b'1',
        b' ',
        rest @ ..,
    ] = line
    else {
        return false;
    };
    rest.len() >= 3
        && rest[..3].iter().all(u8::is_ascii_digit)
        && rest.get(3).is_none_or(|byte| *byte == b' ')
}

fn is_header(line: &[u8]) -> bool {
    let name = line.iter().position(|byte| *byte == b':');
    name.is_some_and(|end| end > 0 && line[..end].iter().all(u8::is_ascii_graphic))
        && !line.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::breaks_off;

    #[test]
    fn a_head_breaks_off_at_each_byte_but_its_last() {
        let informed = b"HTTP/1.1 100 Continue\r\n\r\n";
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX: \r\n\r\n";
        let both = [&informed[..], head].concat();
        for whole in [&head[..], &both] {
            for length in 0..whole.len() {
                assert!(breaks_off(&whole[..length]), "{length}");
            }
            assert!(!breaks_off(whole));
        }
    }

    #[test]
    fn what_is_no_head_does_not_break_off() {
        for other in [
            &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
            b"S",
            b"HTTP/2 200\r\n",
            b"HTTP/1.1 2x0 OK\r\n",
            b"HTTP/1.1 2000\r\n",
            b"HTTP/1.1 200 OK\r\nno header\r\n",
            b"HTTP/1.1 200 OK\r\n: none\r\n",
            b"HTTP/1.1 200 OK\r\nX: \0\r\n",
            b"\x4a\0\0\0\x0a5.7",
            b"<html>\n",
            b"\n",
        ] {
            assert!(!breaks_off(other), "{}", other.escape_ascii());
        }
    }
}
