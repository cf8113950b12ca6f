//! What is said of drills that were left unfinished.
use super::say;
use crate::drill::journal::Entry;
use crate::report::inert::{inert, inert_to};
use crate::report::measured::Measured;
use crate::report::model::Report;
use crate::text::Lang;

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
pub fn restored(lang: Lang, what: &str) -> String {
    let what = inert(what);
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
    let recovery = drill.recovery.map_or_else(
        || say!(lang, "、回復せず", ", not recovered"),
        |time| {
            let time = seconds(time);
            say!(lang, "、{time} 秒で回復", ", recovered after {time} s")
        },
    );
    text.push_str(&recovery);
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
