//! What is said of drills: while they are at work, of what they measured, and of what was left unfinished.
use super::say;
use crate::drill::guard::Refused;
use crate::drill::journal::{Entry, Undo};
use crate::drill::restore::{PATIENCE, Stuck};
use crate::outcome::Outcome;
use crate::report::inert::{inert, inert_to};
use crate::report::measured::{Looked, Measured};
use crate::report::model::Report;
use crate::text::Lang;

/// The longest sentence: what AWS says of a refusal is long, and what to click comes after it.
const SENTENCE: usize = 1000;

/// The first line of a run on a stack where a drill was left unfinished.
#[must_use]
pub fn left(lang: Lang, entry: &Entry) -> String {
    let (check, owner, stack) = (
        inert(&entry.check),
        inert(&entry.owner),
        inert(&entry.stack),
    );
    say!(
        lang,
        "注意: 障害訓練 {check} ({owner}) が途中で終わり、止めたものが元に戻っていない可能性があります。`labcheck restore --stack {stack}` を実行してください。この実行は何も変更しません。",
        "Note: the drill {check} ({owner}) was left unfinished, and what it stopped may not run again. Run `labcheck restore --stack {stack}`. This run touches nothing of it."
    )
}

/// What is being undone.
#[must_use]
pub fn intent(lang: Lang, undo: &Undo) -> String {
    match undo {
        Undo::StartServer { id, name } => {
            let (id, name) = (inert(id), inert(name));
            say!(
                lang,
                "{name} ({id}) を起動し直します",
                "starting {name} ({id}) again"
            )
        }
        Undo::StartService { id, name, unit, .. } => {
            let (id, name, unit) = (inert(id), inert(name), inert(unit));
            say!(
                lang,
                "{name} ({id}) の {unit} を起動し直します",
                "starting {unit} on {name} ({id}) again"
            )
        }
        Undo::Cluster { id, writer: None } => {
            let id = inert(id);
            say!(
                lang,
                "クラスター {id} が利用可能になるのを待ちます",
                "waiting until the cluster {id} is available"
            )
        }
        Undo::Cluster {
            id,
            writer: Some(writer),
        } => {
            let (id, writer) = (inert(id), inert(writer));
            say!(
                lang,
                "{writer} を {id} の書き込み側に戻します",
                "making {writer} the writer of {id} again"
            )
        }
    }
}

/// What could not be put back, and what to click.
#[must_use]
pub fn stuck(lang: Lang, stuck: &Stuck) -> String {
    let said = match (lang, stuck) {
        (Lang::En, stuck) => stuck.to_string(),
        (Lang::Ja, Stuck::Gone { name, id, state }) => format!(
            "{name} ({id}) は {state} で、起動できません。EC2 コンソール → インスタンスを起動 で作り直し、ターゲットグループに登録してください"
        ),
        (Lang::Ja, Stuck::Server { name, id, why }) => format!(
            "{name} ({id}) を起動できませんでした ({why})。EC2 コンソール → インスタンス → {id} → インスタンスの状態 → インスタンスを開始 で起動してください"
        ),
        (
            Lang::Ja,
            Stuck::Service {
                unit,
                name,
                id,
                why,
            },
        ) => format!(
            "{name} ({id}) の {unit} を起動できませんでした ({why})。サーバーで sudo systemctl start {unit} を実行してください"
        ),
        (Lang::Ja, Stuck::Cluster { id, why }) => format!(
            "クラスター {id} を元に戻せませんでした ({why})。RDS コンソール → データベース → {id} → アクション → フェイルオーバー で確認してください"
        ),
    };
    inert_to(&said, SENTENCE)
}

/// Why a drill did not begin.
#[must_use]
pub fn refused(lang: Lang, refused: &Refused) -> String {
    let said = match (lang, refused) {
        (Lang::En, refused) => refused.to_string(),
        (Lang::Ja, Refused::Api(error)) => error.to_string(),
        (Lang::Ja, Refused::NotRunning { name, id, state }) => {
            format!("{name} ({id}) は {state} で、実行中ではありません。何も変更していません")
        }
        (
            Lang::Ja,
            Refused::NotActive {
                unit,
                name,
                id,
                state,
            },
        ) => format!("{name} ({id}) の {unit} は {state} で、動いていません。何も変更していません"),
        (
            Lang::Ja,
            Refused::OtherHost {
                vantage,
                host,
                name,
                id,
            },
        ) => format!(
            "接続元 {vantage} は {host} につながり、これは {name} ({id}) の名前でもアドレスでもありません。何も変更していません"
        ),
        (
            Lang::Ja,
            Refused::NotReady {
                id,
                status,
                readers,
            },
        ) => format!(
            "クラスター {id} は {status}、リーダーは {readers} 台です。フェイルオーバーには available とリーダー 1 台が必要です。何も変更していません"
        ),
        (Lang::Ja, Refused::Expiring { expiry, until }) => format!(
            "認証情報は {expiry} に切れ、訓練が終わる {until} まで持ちません。新しいものを取得してください。何も変更していません"
        ),
        (Lang::Ja, Refused::Busy { whose }) => {
            format!("このスタックでは別の障害訓練が実行中です ({whose})。何も変更していません")
        }
        (Lang::Ja, Refused::Left(why)) => {
            format!("このスタックには途中で終わった障害訓練があり、元に戻せませんでした ({why})")
        }
        (Lang::Ja, Refused::OtherAccount { journal }) => format!(
            "このスタックには別のアカウントの認証情報で始めた障害訓練が残っています。その認証情報で実行してください (ジャーナル {journal})。何も変更していません"
        ),
        (Lang::Ja, Refused::Journal { why }) => format!(
            "ジャーナルを書けません ({why})。--state でフォルダーを指定してください。何も変更していません"
        ),
        (Lang::Ja, Refused::Unsteady { check }) => {
            format!("訓練の前に `{check}` が成り立っていません。何も変更していません")
        }
    };
    inert_to(&said, SENTENCE)
}

/// A drill begins: what is disrupted, for how long at most, and where that is written down.
#[must_use]
pub fn begins(
    lang: Lang,
    check: &str,
    what: &str,
    seconds: u64,
    journal: &std::path::Path,
) -> String {
    let time = humantime::format_duration(std::time::Duration::from_secs(seconds));
    let (check, what, journal) = (
        inert(check),
        inert(what),
        inert(&journal.display().to_string()),
    );
    say!(
        lang,
        "障害訓練 {check}: {what} に障害を起こし、元に戻します (最長 {time}、ジャーナル {journal})",
        "drill {check}: {what} is disrupted and put back, for at most {time}; journal {journal}"
    )
}

/// Something is put back before its time, and why.
#[must_use]
pub fn puts_back(lang: Lang, undo: &Undo, why: Option<&str>) -> String {
    let (intent, minutes) = (intent(lang, undo), PATIENCE.as_secs() / 60);
    let why = why.map_or_else(|| say!(lang, "中断されました", "interrupted"), inert);
    say!(
        lang,
        "{intent} (最長 {minutes} 分、{why})",
        "{intent}, for at most {minutes} minutes ({why})"
    )
}

/// Something is put back.
#[must_use]
pub fn restoring(lang: Lang, undo: &Undo) -> String {
    let (intent, minutes) = (intent(lang, undo), PATIENCE.as_secs() / 60);
    say!(
        lang,
        "{intent} (最長 {minutes} 分)",
        "{intent}, for at most {minutes} minutes"
    )
}

/// It is done.
#[must_use]
pub fn done(lang: Lang, undo: &Undo) -> String {
    let intent = intent(lang, undo);
    say!(lang, "完了: {intent}", "done: {intent}")
}

/// What an earlier drill left is put back first.
#[must_use]
pub fn left_by(lang: Lang, entry: &Entry) -> String {
    let (check, owner) = (inert(&entry.check), inert(&entry.owner));
    let restoring = restoring(lang, &entry.undo);
    say!(
        lang,
        "障害訓練 {check} ({owner}) が途中で終わっていました。{restoring}",
        "the drill {check} was left unfinished by {owner}: {restoring}"
    )
}

/// A second signal changes nothing: the server comes first.
#[must_use]
pub fn still_restoring(lang: Lang) -> String {
    say!(
        lang,
        "障害訓練が止めたものを元に戻しているところです。終わるまで待つか、後で `labcheck restore` を実行してください",
        "what the drill stopped is still being put back; wait for it, or run `labcheck restore` later"
    )
}

/// Nothing had to be put back.
#[must_use]
pub fn nothing_left(lang: Lang) -> String {
    say!(
        lang,
        "元に戻すものはありません。動いているべきものはすべて動いています。",
        "Nothing to put back: everything that should run runs."
    )
}

/// It was put back.
#[must_use]
pub fn restored(lang: Lang, undo: &Undo) -> String {
    let what = intent(lang, undo);
    say!(lang, "元に戻しました: {what}", "Put back: {what}")
}

/// A process of this machine has the stack.
#[must_use]
pub fn at_work(lang: Lang) -> String {
    say!(
        lang,
        "このスタックでは障害訓練が実行中です。終わると自動で元に戻ります。",
        "A drill is at work on this stack, and puts things back itself."
    )
}

/// Another machine's drill has a server in hand.
#[must_use]
pub fn at_work_elsewhere(lang: Lang, server: &str, mark: &str) -> String {
    let (server, mark) = (inert(server), inert(mark));
    say!(
        lang,
        "{server} は別のマシンの障害訓練が使用中です ({mark})。何も変更していません。そのマシンが失われた場合は --take-over を付けて実行してください。",
        "{server} is in the hands of another machine's drill ({mark}): nothing was touched. If that machine is lost, say --take-over."
    )
}

/// The journal is there and can't be read.
#[must_use]
pub fn unreadable(lang: Lang, file: &std::path::Path, why: &str) -> String {
    let (file, why) = (inert(&file.display().to_string()), inert(why));
    say!(
        lang,
        "ジャーナル {file} を読めません ({why})。そのまま残してあります。書き込んだバージョンの labcheck で restore を実行するか、内容を確認してから移動してください。",
        "The journal {file} can't be read ({why}), and was left as it is: run restore with the version of labcheck that wrote it, or move it away after a look."
    )
}

/// What a drill measured, in a sentence.
#[must_use]
pub fn measured(lang: Lang, drill: &Measured) -> String {
    let seconds = |time: f64| format!("{:.0}", time.ceil());
    let percent = format!("{:.1}", drill.availability * 100.0);
    let (samples, lost) = (drill.samples, drill.lost);
    let longest = seconds(drill.longest_outage);
    let mut text = say!(
        lang,
        "可用性 {percent}% ({samples} 回中 {lost} 回失敗)、最長の停止 {longest} 秒",
        "available {percent}% ({lost} of {samples} samples lost), longest outage {longest} s"
    );
    if drill.unseen > 0 {
        let unseen = drill.unseen;
        text.push_str(&say!(
            lang,
            "、{unseen} 回は採点側の都合で見られず (· の部分、可用性に含めない)",
            ", {unseen} could not be looked at from here (·, outside of it)"
        ));
    }
    let recovery = drill.recovery.map_or_else(
        || say!(lang, "、回復せず", ", not recovered"),
        |time| {
            let time = seconds(time);
            say!(lang, "、{time} 秒で回復", ", recovered after {time} s")
        },
    );
    text.push_str(&recovery);
    if let Some(time) = drill.time_to_disrupt {
        let time = seconds(time);
        text.push_str(&say!(
            lang,
            "、停止 (切り替え) まで {time} 秒",
            ", down or switched after {time} s"
        ));
    }
    if let Some(time) = drill.time_to_detect {
        let time = seconds(time);
        text.push_str(&say!(lang, "、検知 {time} 秒", ", detected after {time} s"));
    }
    if let Some(time) = drill.time_to_recover {
        let time = seconds(time);
        text.push_str(&say!(
            lang,
            "、起動から Healthy まで {time} 秒",
            ", healthy {time} s after the start"
        ));
    }
    text.push_str(&looked(lang, drill));
    if drill.speed > 1.0 {
        let speed = drill.speed;
        text.push_str(&say!(
            lang,
            " (デモの時間は {speed} 倍速。秒数はスタックの時間)",
            " (the demo's time runs {speed} x as fast; seconds are the stack's)"
        ));
    }
    text
}

/// When each check was seen that the drill looked at.
fn looked(lang: Lang, drill: &Measured) -> String {
    let list = |looked: &[Looked]| {
        let each = looked.iter().map(|one| {
            let (id, time) = (inert_to(&one.check, 100), one.seconds.ceil());
            let how = match one.outcome {
                Outcome::Passed => "",
                Outcome::Failed => " ✗",
                Outcome::Errored | Outcome::Skipped => " ?",
            };
            say!(lang, "{id} {time:.0} 秒{how}", "{id} {time:.0} s{how}")
        });
        each.collect::<Vec<_>>().join(&say!(lang, "、", ", "))
    };
    let mut text = String::new();
    if !drill.during.is_empty() {
        let list = list(&drill.during);
        text.push_str(&say!(lang, "。障害中の確認: {list}", ". Meanwhile: {list}"));
    }
    if !drill.after.is_empty() {
        let list = list(&drill.after);
        text.push_str(&say!(
            lang,
            "。復旧後の確認: {list}",
            ". Afterwards: {list}"
        ));
    }
    text
}

/// Each drill of a report: its name, what it measured, its timeline.
#[must_use]
pub fn lines(lang: Lang, report: &Report) -> Vec<String> {
    let of = |drill: &Measured, id: &str| {
        let (id, told) = (inert_to(id, 100), measured(lang, drill));
        format!("{id}: {told} {}", drill.timeline)
    };
    report
        .checks
        .iter()
        .filter(|check| check.selected)
        .filter_map(|check| Some(of(check.drill.as_ref()?, &check.id)))
        .collect()
}

/// Above the drills.
#[must_use]
pub fn heading(lang: Lang) -> String {
    say!(
        lang,
        "障害訓練の測定 (● 正常、○ 失敗)",
        "What the drills measured (● held, ○ lost)"
    )
}
