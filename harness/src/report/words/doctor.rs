//! What `labcheck doctor` found, a line each, and under what is wrong what to do about it.
use std::path::PathBuf;

use super::{drills, faults, say};
use crate::drill::journal::Entry;
use crate::fault::ProbeError;
use crate::report::inert::inert_to;
use crate::text::Lang;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should be.
    Good,
    /// It may be meant so.
    Odd,
    /// A run would suffer from it.
    Bad,
}

/// Something that was looked at.
#[derive(Debug)]
pub enum Finding {
    /// The stack file, or none where the lab's own names are used; its lab and region.
    Stack {
        /// The file.
        file: Option<PathBuf>,
        /// The lab.
        lab: String,
        /// The region.
        region: String,
    },
    /// The folder of the reports, or why there can be none.
    Reports(Result<PathBuf, String>),
    /// A drill that was left unfinished.
    Drill(Option<Box<Entry>>),
    /// The stack is the built-in replica.
    Demo,
    /// A variable that names a proxy, which is not used.
    Proxy(&'static str),
    /// The key of a vantage's login.
    Key {
        /// The vantage.
        vantage: String,
        /// What is wrong with it.
        trouble: Option<Box<ProbeError>>,
    },
    /// The file of known hosts, where it is wanted and missing.
    KnownHosts {
        /// The vantage.
        vantage: String,
        /// The file.
        file: Option<PathBuf>,
    },
    /// The program that carries what is dialled from a vantage through Systems Manager.
    Plugin {
        /// The vantage.
        vantage: String,
        /// Why it can't be used.
        trouble: Option<Box<ProbeError>>,
    },
    /// Whether AWS knows who we are.
    Credentials(Result<(), Box<ProbeError>>),
    /// How long the credentials last.
    Expiry {
        /// In minutes.
        minutes: i64,
        /// Whether a run may outlast them.
        short: bool,
    },
    /// Whether the region answers.
    Region {
        /// Which.
        region: String,
        /// How many VPCs it has.
        vpcs: Result<usize, Box<ProbeError>>,
    },
    /// All that the checks ask of AWS is allowed: how many actions.
    Calls(usize),
    /// Something that they ask, and that can't be had.
    Call(Box<ProbeError>),
    /// Whether the resolver gives an address for a name of AWS's own.
    Name {
        /// The name.
        name: String,
        /// Why it gives none.
        why: Option<Box<ProbeError>>,
    },
    /// A login's password.
    Login {
        /// The login.
        name: String,
        /// Why it can't be had.
        why: Option<String>,
    },
}

impl Finding {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Stack { .. }
            | Self::Demo
            | Self::Reports(Ok(_))
            | Self::Drill(None)
            | Self::Key { trouble: None, .. }
            | Self::KnownHosts { file: None, .. }
            | Self::Plugin { trouble: None, .. }
            | Self::Credentials(Ok(()))
            | Self::Expiry { short: false, .. }
            | Self::Region { vpcs: Ok(1..), .. }
            | Self::Calls(_)
            | Self::Name { why: None, .. }
            | Self::Login { why: None, .. } => State::Good,
            Self::Proxy(_) | Self::Expiry { .. } | Self::Region { vpcs: Ok(0), .. } => State::Odd,
            Self::Reports(Err(_))
            | Self::Drill(Some(_))
            | Self::Key { .. }
            | Self::KnownHosts { .. }
            | Self::Plugin { .. }
            | Self::Credentials(Err(_))
            | Self::Region { .. }
            | Self::Call(_)
            | Self::Name { .. }
            | Self::Login { .. } => State::Bad,
        }
    }
}

/// The finding's line, and the next thing to do on a line of its own.
#[must_use]
pub fn line(lang: Lang, finding: &Finding) -> String {
    let mark = match finding.state() {
        State::Good => "ok",
        State::Odd => "!",
        State::Bad => "x",
    };
    let (what, next) = said(lang, finding);
    let next = next
        .map(|next| format!("      > {next}\n"))
        .unwrap_or_default();
    format!("{mark:<4}  {what}\n{next}")
}

#[expect(clippy::too_many_lines, reason = "one arm for each finding")]
fn said(lang: Lang, finding: &Finding) -> (String, Option<String>) {
    let path = |path: &PathBuf| inert_to(&path.to_string_lossy(), 200);
    let fault = |error: &ProbeError| {
        let advice = faults::fault(lang, error);
        (advice.what, Some(advice.next))
    };
    match finding {
        Finding::Stack { file, lab, region } => {
            let (lab, region) = (inert_to(lab, 60), inert_to(region, 40));
            let file = file
                .as_ref()
                .map_or_else(|| say!(lang, "スタックファイルなし", "no stack file"), path);
            let what = say!(
                lang,
                "スタック: {file} (ラボ {lab}、リージョン {region})",
                "stack: {file} (lab {lab}, region {region})"
            );
            (what, None)
        }
        Finding::Reports(Ok(folder)) => {
            let folder = path(folder);
            (
                say!(lang, "レポートの保存先: {folder}", "reports go to {folder}"),
                None,
            )
        }
        Finding::Reports(Err(why)) => {
            let why = inert_to(why, 300);
            let next = say!(
                lang,
                "書き込めるフォルダーを --reports で指定してください。",
                "Name a folder that can be written to with --reports."
            );
            (why, Some(next))
        }
        Finding::Drill(None) => (
            say!(
                lang,
                "途中で終わった障害訓練はありません",
                "no drill was left unfinished"
            ),
            None,
        ),
        Finding::Drill(Some(entry)) => (drills::left(lang, entry), None),
        Finding::Demo => (
            say!(
                lang,
                "組み込みのデモです。AWS の認証情報は使いません",
                "the built-in demo: no credentials of AWS are used"
            ),
            None,
        ),
        Finding::Proxy(name) => (
            say!(
                lang,
                "{name} が設定されていますが、labcheck はプロキシを使いません",
                "{name} is set, and labcheck uses no proxy"
            ),
            Some(say!(
                lang,
                "プロキシを通さないと外に出られないネットワークでは AWS に到達できません。",
                "Where the network lets nobody out but through it, AWS can't be reached from here."
            )),
        ),
        Finding::Key {
            vantage,
            trouble: None,
        } => {
            let vantage = inert_to(vantage, 60);
            (
                say!(
                    lang,
                    "{vantage}: 秘密鍵を使えます",
                    "{vantage}: the private key can be used"
                ),
                None,
            )
        }
        Finding::Plugin {
            vantage,
            trouble: None,
        } => {
            let vantage = inert_to(vantage, 60);
            (
                say!(
                    lang,
                    "{vantage}: session-manager-plugin があります",
                    "{vantage}: session-manager-plugin is there"
                ),
                None,
            )
        }
        Finding::Key {
            vantage,
            trouble: Some(error),
        }
        | Finding::Plugin {
            vantage,
            trouble: Some(error),
        } => {
            let (what, next) = fault(error);
            (format!("{}: {what}", inert_to(vantage, 60)), next)
        }
        Finding::KnownHosts {
            vantage,
            file: None,
        } => {
            let vantage = inert_to(vantage, 60);
            (
                say!(
                    lang,
                    "{vantage}: ホスト鍵を確認できます",
                    "{vantage}: host keys can be checked"
                ),
                None,
            )
        }
        Finding::KnownHosts {
            vantage,
            file: Some(file),
        } => {
            let (vantage, file) = (inert_to(vantage, 60), path(file));
            let what = say!(
                lang,
                "{vantage}: {file} がありません",
                "{vantage}: there is no {file}"
            );
            let next = say!(
                lang,
                "一度 ssh で接続してホスト鍵を確かめるか、スタックファイルに accept_new: true と書いてください。",
                "Connect once by ssh and compare the host's key, or write accept_new: true into the stack file."
            );
            (what, Some(next))
        }
        Finding::Credentials(Ok(())) => (
            say!(lang, "AWS の認証情報は有効です", "the AWS credentials work"),
            None,
        ),
        Finding::Calls(count) => (
            say!(
                lang,
                "チェックが使う AWS の操作 {count} 種類はすべて許可されています",
                "all {count} actions that the checks take are allowed"
            ),
            None,
        ),
        Finding::Name { name, why: None } => {
            let name = inert_to(name, 120);
            (
                say!(
                    lang,
                    "{name} の名前解決ができます",
                    "the resolver knows {name}"
                ),
                None,
            )
        }
        Finding::Name {
            name,
            why: Some(error),
        } => {
            let (what, next) = fault(error);
            (format!("{}: {what}", inert_to(name, 120)), next)
        }
        Finding::Call(error)
        | Finding::Credentials(Err(error))
        | Finding::Region {
            vpcs: Err(error), ..
        } => fault(error),
        Finding::Expiry { minutes, short } => {
            let what = say!(
                lang,
                "認証情報はあと {minutes} 分で期限が切れます",
                "the credentials expire in {minutes} minutes"
            );
            let next = short.then(|| {
                say!(
                    lang,
                    "採点の前に取り直してください (Learner Lab では AWS Details)。",
                    "Take new ones before a run (in Learner Lab under AWS Details)."
                )
            });
            (what, next)
        }
        Finding::Region {
            region,
            vpcs: Ok(count),
        } => {
            let region = inert_to(region, 40);
            let what = say!(
                lang,
                "リージョン {region} は応答します (VPC {count} 個)",
                "the region {region} answers (VPCs: {count})"
            );
            let next = (*count == 0).then(|| {
                say!(
                    lang,
                    "VPC がありません。スタックファイルの region を確かめてください。",
                    "It has no VPC: is it the region of your lab? See `region` in the stack file."
                )
            });
            (what, next)
        }
        Finding::Login { name, why: None } => {
            let name = inert_to(name, 60);
            (
                say!(
                    lang,
                    "ログイン {name}: パスワードがあります",
                    "login {name}: its password is there"
                ),
                None,
            )
        }
        Finding::Login {
            name,
            why: Some(why),
        } => {
            let (name, why) = (inert_to(name, 60), inert_to(why, 300));
            let next = say!(
                lang,
                "スタックファイルの logins を確かめてください。このログインを使うチェックは実行されません。",
                "See `logins` in the stack file. Checks that use this login are skipped."
            );
            (
                say!(lang, "ログイン {name}: {why}", "login {name}: {why}"),
                Some(next),
            )
        }
    }
}
