//! Redaction, once, where a snapshot is made: account ids and persons become pseudonyms of the same shape, stable as long
//! as one [`Redactor`] lives, which is a run. It knows nothing of kinds but which fields name an owner.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::record::Record;
use super::snapshot::Snapshot;
use crate::fault::ProbeError;

/// Fields that hold an account id where they hold twelve digits.
const OWNERS: &[&str] = &["owner_id", "user_id", "source_owner_id", "ip_owner_id"];
/// A person's name is looked for in every text only if it is this long: shorter ones are words too.
const TELLING_NAME: usize = 6;

/// The pseudonyms of a run.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    accounts: BTreeMap<String, String>,
    people: BTreeMap<String, String>,
    /// The caller's own account, once it is known.
    caller: Option<String>,
}

impl Redactor {
    /// Takes note of the caller, unredacted as STS gave it, before anything else is redacted: the caller's account is
    /// the first pseudonym.
    pub(super) fn caller(&mut self, account: &Record) {
        if let Some(id) = account.get("id").and_then(Value::as_str) {
            self.caller = Some(id.to_owned());
            self.account(id);
        }
        for field in ["arn", "user_id"] {
            if let Some(text) = account.get(field).and_then(Value::as_str) {
                self.learn_people(text);
            }
        }
    }

    /// The caller's account as it really is; shown nowhere.
    pub(super) fn caller_account(&self) -> Option<&str> {
        self.caller.as_deref()
    }

    /// Redacts all of a snapshot that was just made. Everything is read once before anything is replaced, in the order
    /// of the kinds, so that pseudonyms do not depend on which call came first.
    pub(super) fn snapshot(&mut self, snapshot: &mut Snapshot) {
        let (listings, own) = snapshot.parts_mut();
        for record in listings.values().flatten().flat_map(|all| all.iter()) {
            self.learn(record);
        }
        let answers = own.values().flat_map(|answers| answers.values());
        for record in answers.flatten() {
            self.learn(record);
        }
        for listing in listings.values_mut() {
            match listing {
                Ok(listing) => {
                    let records = listing.to_mut().records_mut();
                    records.iter_mut().for_each(|record| self.record(record));
                }
                Err(error) => self.error(error),
            }
        }
        for answers in own.values_mut() {
            let answers = answers.to_mut();
            *answers = std::mem::take(answers)
                .into_iter()
                .map(|(id, mut answer)| {
                    self.answer(&mut answer);
                    (self.text(&id), answer)
                })
                .collect();
        }
    }

    /// Redacts answers whose resources are known by their redacted ids already.
    pub(super) fn answers<K>(&mut self, answers: &mut BTreeMap<K, Result<Record, ProbeError>>) {
        for record in answers.values().flatten() {
            self.learn(record);
        }
        for answer in answers.values_mut() {
            self.answer(answer);
        }
    }

    fn answer(&mut self, answer: &mut Result<Record, ProbeError>) {
        match answer {
            Ok(record) => self.record(record),
            Err(error) => self.error(error),
        }
    }

    /// Redacts what AWS said of an error: there every e-mail address goes, and every number that may be an account.
    pub(super) fn error(&mut self, error: &mut ProbeError) {
        self.learn_accounts(&error.detail);
        self.learn_people(&error.detail);
        for number in standalone_accounts(&error.detail) {
            self.account(&number);
        }
        let told = ENCODED.replace(&error.detail, "${1}…");
        let told = ACCESS_KEY.replace_all(&told, "${1}…");
        error.detail = self.text(&told);
    }

    /// What a redacted id really is, to ask the API for it again.
    pub(super) fn real(&self, text: &str) -> String {
        let mut known: Vec<_> = self.accounts.iter().chain(&self.people).collect();
        // `person-1` is a part of `person-10`.
        known.sort_by_key(|(_, pseudonym)| std::cmp::Reverse(pseudonym.len()));
        let taken_back = |text: String, (real, pseudonym): &(&String, &String)| {
            text.replace(pseudonym.as_str(), real)
        };
        known.iter().fold(text.to_owned(), taken_back)
    }

    fn learn(&mut self, record: &Record) {
        for (field, value) in record {
            match value {
                Value::String(text) if OWNERS.contains(&field.as_str()) && is_account(text) => {
                    self.account(text);
                }
                Value::String(text) => self.learn_accounts(text),
                Value::Array(list) => list.iter().for_each(|element| match element {
                    Value::String(text) => self.learn_accounts(text),
                    Value::Object(record) => self.learn(record),
                    _ => {}
                }),
                Value::Object(record) => self.learn(record),
                _ => {}
            }
        }
    }

    fn learn_accounts(&mut self, text: &str) {
        for found in ARN_ACCOUNT.captures_iter(text) {
            self.account(&found[1]);
        }
    }

    fn learn_people(&mut self, text: &str) {
        for found in EMAIL.find_iter(text) {
            self.person(found.as_str());
        }
        for found in SESSION.captures_iter(text) {
            self.person(&found[1]);
        }
    }

    fn account(&mut self, id: &str) {
        let known = self.accounts.contains_key(id)
            || self.accounts.values().any(|pseudonym| pseudonym == id);
        if !known {
            let pseudonym = format!("{:012}", self.accounts.len() + 1);
            self.accounts.insert(id.to_owned(), pseudonym);
        }
    }

    fn person(&mut self, name: &str) {
        let known = self.people.contains_key(name)
            || self.people.values().any(|pseudonym| pseudonym == name);
        if !known {
            let number = self.people.len() + 1;
            let domain = if name.contains('@') {
                "@redacted.invalid"
            } else {
                ""
            };
            self.people
                .insert(name.to_owned(), format!("person-{number}{domain}"));
        }
    }

    fn record(&self, record: &mut Record) {
        *record = std::mem::take(record)
            .into_iter()
            .map(|(field, mut value)| {
                self.value(&mut value);
                (self.text(&field), value)
            })
            .collect();
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(list) => list.iter_mut().for_each(|element| self.value(element)),
            Value::Object(record) => self.record(record),
            _ => {}
        }
    }

    fn text(&self, text: &str) -> String {
        let text = DIGITS.replace_all(text, |found: &Captures<'_>| {
            self.accounts
                .get(&found[0])
                .unwrap_or(&found[0].to_owned())
                .clone()
        });
        let text = SESSION.replace_all(&text, |found: &Captures<'_>| {
            match self.people.get(&found[1]) {
                Some(pseudonym) => found[0].replacen(&found[1], pseudonym, 1),
                None => found[0].to_owned(),
            }
        });
        let telling = self
            .people
            .iter()
            .filter(|(name, _)| name.len() >= TELLING_NAME);
        telling.fold(text.into_owned(), |text, (name, pseudonym)| {
            text.replace(name, pseudonym)
        })
    }
}

/// What tells one deployed stack from another without telling whose it is: SHA-256 of lab, account, region and VPC, in
/// hexadecimal. Without a salt, so that results that were handed in compare.
pub(super) fn fingerprint(lab: &str, account: &str, region: &str, vpc_id: &str) -> String {
    let mut hash = Sha256::new();
    for part in [lab, account, region, vpc_id] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// A text without accounts and persons, told apart from nobody: for what no redactor of a run has seen.
pub(crate) fn unnamed(text: &str) -> String {
    let text = ENCODED.replace(text, "${1}…");
    let text = ACCESS_KEY.replace_all(&text, "${1}…");
    let text = DIGITS.replace_all(&text, |found: &Captures<'_>| {
        let text = &found[0];
        if is_account(text) {
            "000000000000"
        } else {
            text
        }
        .to_owned()
    });
    let text = SESSION.replace_all(&text, |found: &Captures<'_>| {
        found[0].replacen(&found[1], "person", 1)
    });
    EMAIL.replace_all(&text, "person").into_owned()
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn standalone_accounts(text: &str) -> Vec<String> {
    DIGITS
        .find_iter(text)
        .map(|found| found.as_str())
        .filter(|number| is_account(number))
        .map(str::to_owned)
        .collect()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is valid")
}

static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern("[0-9]+"));
static ARN_ACCOUNT: LazyLock<Regex> =
    LazyLock::new(|| pattern("arn:[^:\\s]*:[^:\\s]*:[^:\\s]*:([0-9]{12}):"));
static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"));
/// Vocareum's sessions: `user123456=Taro_Yamada`, in the caller's ARN and its unique id.
static SESSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"user[0-9]+=([^\s/:,\x22']+)"));
/// What STS says it can decode names the account and the policy.
static ENCODED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?s)(Encoded authorization failure message:|The Canonical String for this request).*")
});
static ACCESS_KEY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(A(?:KIA|SIA|ROA|IDA))[A-Z0-9]{12,}"));

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::{Kind, OwnCall};
    use crate::fault::{Code, Layer};

    fn record(value: Value) -> Record {
        match value {
            Value::Object(record) => record,
            other => panic!("{other} is no record"),
        }
    }

    #[test]
    fn whose_number_begins_another_s_is_taken_back_as_themselves() {
        let mut redactor = Redactor::default();
        let names: Vec<String> = (1..=12).map(|nth| format!("student-{nth:02}")).collect();
        for name in &names {
            redactor.person(name);
        }
        for name in names.iter().map(|name| format!("alb-of-{name}")) {
            assert_ne!(redactor.text(&name), name);
            assert_eq!(redactor.real(&redactor.text(&name)), name);
        }
    }

    fn redacted() -> (Redactor, Snapshot) {
        let account = record(json!({
            "id": "123456789012",
            "arn": "arn:aws:sts::123456789012:assumed-role/voclabs/user4711=taro.yamada@example.ac.jp",
            "user_id": "AROAEXAMPLE:user4711=taro.yamada@example.ac.jp",
        }));
        let mut snapshot = Snapshot::of("us-east-1");
        snapshot.put(Kind::Account, Ok(vec![account.clone()]));
        snapshot.put(
            Kind::SecurityGroup,
            Ok(vec![record(json!({
                "id": "sg-1", "owner_id": "123456789012", "description": "of 210987654321, order 555555555555",
                "tags": { "Owner": "taro.yamada@example.ac.jp", "Mail": "help@example.com" },
                "ingress": [{ "source_owner_id": "210987654321" }],
            }))]),
        );
        snapshot.put(
            Kind::Image,
            Err(ProbeError::new(
                Code::AccessDenied,
                Layer::Aws,
                "ec2:DescribeImages (us-east-1)",
                "UnauthorizedOperation: User: arn:aws:sts::123456789012:assumed-role/voclabs/user4711=Hanako is not \
                 authorized, ask admin@example.ac.jp of 333344445555. Encoded authorization failure message: c2VjcmV0",
            )),
        );
        let arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/1";
        snapshot.put(Kind::TargetGroup, Ok(vec![record(json!({ "id": arn }))]));
        snapshot.put_own(
            OwnCall::TargetHealth,
            arn,
            Ok(record(json!({ "targets": [{ "id": arn }] }))),
        );
        let mut redactor = Redactor::default();
        redactor.caller(&account);
        redactor.snapshot(&mut snapshot);
        (redactor, snapshot)
    }

    #[test]
    fn no_account_and_no_person_is_left_anywhere() {
        let (_, snapshot) = redacted();
        let text = serde_json::to_string(&snapshot).expect("a snapshot serialises");
        for secret in [
            "123456789012",
            "210987654321",
            "333344445555",
            "taro",
            "Hanako",
            "admin@",
            "c2VjcmV0",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(
            text.contains("help@example.com"),
            "a tag that names nobody we know is data"
        );
        assert!(
            text.contains("555555555555"),
            "a number that is no account is data"
        );
    }

    #[test]
    fn pseudonyms_have_the_shape_of_what_they_stand_for() {
        let (_, snapshot) = redacted();
        let account = &snapshot.list(Kind::Account).expect("listed")[0];
        assert_eq!(account["id"], "000000000001");
        assert_eq!(
            account["arn"],
            "arn:aws:sts::000000000001:assumed-role/voclabs/user4711=person-1@redacted.invalid"
        );
    }

    #[test]
    fn a_relation_still_joins_after_redaction() {
        let (redactor, snapshot) = redacted();
        let group = &snapshot.list(Kind::TargetGroup).expect("listed")[0];
        let paths = [vec!["targets".to_owned()]].into_iter().collect();
        let joined = snapshot
            .expand(Kind::TargetGroup, group, &paths)
            .expect("the health came about");
        assert_eq!(joined["targets"][0]["id"], group["id"]);
        assert_eq!(
            redactor.real(group["id"].as_str().expect("text")),
            "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/1"
        );
    }

    #[test]
    fn redacting_again_changes_nothing() {
        let (mut redactor, mut snapshot) = redacted();
        let before = snapshot.clone();
        redactor.snapshot(&mut snapshot);
        assert_eq!(before, snapshot);
    }

    #[test]
    fn two_stacks_differ_in_their_fingerprint_and_one_does_not() {
        let one = fingerprint("ha-web", "123456789012", "us-east-1", "vpc-1");
        assert_eq!(
            one,
            fingerprint("ha-web", "123456789012", "us-east-1", "vpc-1")
        );
        assert_ne!(
            one,
            fingerprint("ha-web", "123456789012", "us-east-1v", "pc-1")
        );
        assert_eq!(one.len(), 64);
    }
}
