//! What kept us from observing, said so that a student can act on it. It never blames the stack: that was not seen.
use super::{Advice, say};
use crate::fault::{Code, ProbeError};
use crate::report::inert::{inert, inert_to};
use crate::text::Lang;

/// What happened, and what to do about it.
#[must_use]
pub fn fault(lang: Lang, error: &ProbeError) -> Advice {
    let target = inert_to(&error.target, 100);
    let action = target.split(' ').next().unwrap_or_default();
    let detail = inert(&error.detail);
    let what = match error.code {
        Code::AccessDenied => say!(
            lang,
            "この認証情報では {action} を呼び出せません",
            "these credentials may not call {action}"
        ),
        Code::ApiRejected
        | Code::Template
        | Code::NotCleanedUp
        | Code::DrillRefused
        | Code::NotRestored
        | Code::SamplesUnseen
        | Code::HostKeyRefused
            if !detail.is_empty() =>
        {
            let name = name(lang, error.code);
            format!("{name}: {detail}")
        }
        code if names_target(code) && !target.is_empty() => {
            let name = name(lang, code);
            format!("{name}: {target}")
        }
        code => name(lang, code),
    };
    Advice {
        what,
        next: next(lang, error.code, action),
    }
}

/// Codes of which the reader wants to know where.
fn names_target(code: Code) -> bool {
    matches!(
        code,
        Code::ApiUnreachable
            | Code::ApiTimeout
            | Code::ApiFailed
            | Code::ApiMalformed
            | Code::ApiRejected
            | Code::RegionDisabled
            | Code::VantageFailed
            | Code::ResolverFailed
            | Code::ResolverFilters
            | Code::KeyUnreadable
            | Code::KeyOpenToOthers
            | Code::KeyEncrypted
            | Code::KeyUnusable
            | Code::PluginMissing
            | Code::OutcomeHidden
            | Code::SilenceUnexplained
            | Code::AnswerUnexplained
            | Code::Deadline
    )
}

/// The fault in a few words.
#[must_use]
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each code; a code without a sentence must not compile"
)]
pub fn name(lang: Lang, code: Code) -> String {
    match code {
        Code::NoCredentials => say!(
            lang,
            "AWS の認証情報が見つかりません",
            "no AWS credentials were found"
        ),
        Code::ExpiredCredentials => say!(
            lang,
            "AWS の認証情報の期限が切れています",
            "the AWS credentials have expired"
        ),
        Code::InvalidCredentials => say!(
            lang,
            "AWS がこの認証情報を受け付けません",
            "AWS does not accept these credentials"
        ),
        Code::WrongAccount => say!(
            lang,
            "認証情報が、指定されたものとは別の AWS アカウントのものです",
            "the credentials belong to another AWS account than the one expected"
        ),
        Code::AccessDenied => say!(
            lang,
            "この認証情報では許可されていない操作があります",
            "these credentials are not allowed to make a call"
        ),
        Code::RegionDisabled => say!(
            lang,
            "このリージョンは使えません",
            "this region cannot be used"
        ),
        Code::Throttled => say!(
            lang,
            "AWS が呼び出しの回数を制限しています",
            "AWS is limiting the number of calls"
        ),
        Code::ApiUnreachable => say!(lang, "AWS につながりません", "AWS could not be reached"),
        Code::ApiTimeout => say!(
            lang,
            "AWS から時間内に返事がありません",
            "AWS did not answer in time"
        ),
        Code::ApiFailed => say!(
            lang,
            "AWS 側でエラーが起きています",
            "AWS answered with an error of its own"
        ),
        Code::ApiMalformed => say!(
            lang,
            "AWS のものではない返事が返ってきました",
            "the answer was not one that AWS gives"
        ),
        Code::ApiRejected => say!(
            lang,
            "AWS が問い合わせを受け付けませんでした",
            "AWS refused the request"
        ),
        Code::VantageFailed => say!(
            lang,
            "接続の中継役が動いていません",
            "the gateway for this connection failed"
        ),
        Code::ResolverFailed => say!(
            lang,
            "DNS サーバーから使える返事がありません",
            "the DNS server gave no usable answer"
        ),
        Code::ResolverFilters => say!(
            lang,
            "お使いの DNS が、AWS の示した名前に答えません",
            "your DNS gives no answer for a name that AWS itself gave"
        ),
        Code::OutcomeHidden => say!(
            lang,
            "つながらない理由を、この経路では見分けられません",
            "it did not connect, and this route hides why"
        ),
        Code::AnswerUnexplained => say!(
            lang,
            "API では遮断されているポートが、途中のネットワークから拒否されました",
            "refused by something on the way, though the API says that the port is silent"
        ),
        Code::SilenceUnexplained => say!(
            lang,
            "応答がありませんが、その理由を確かめられません",
            "there was no answer, and nothing seen explains why"
        ),
        Code::KeyUnreadable => say!(lang, "秘密鍵を読めません", "the private key can't be read"),
        Code::NoAgent => say!(
            lang,
            "ssh-agent につながりません",
            "the SSH agent can't be asked"
        ),
        Code::AgentEmpty => say!(
            lang,
            "ssh-agent に鍵が登録されていません",
            "the SSH agent holds no key"
        ),
        Code::KeyOpenToOthers => say!(
            lang,
            "秘密鍵のファイルを他の人も読めます",
            "the private key's file is open to others"
        ),
        Code::KeyEncrypted => say!(
            lang,
            "秘密鍵にパスフレーズがかかっています",
            "the private key has a passphrase"
        ),
        Code::HostKeyRefused => say!(
            lang,
            "サーバーの鍵が known_hosts にあるものと違うか、まだ登録されていません",
            "the host's key is another than in known_hosts, or not in it"
        ),
        Code::PluginMissing => say!(
            lang,
            "session-manager-plugin がありません",
            "session-manager-plugin is not installed"
        ),
        Code::KeyUnusable => say!(
            lang,
            "秘密鍵として使えないファイルです",
            "this file is no private key that can be used"
        ),
        Code::DrillRefused => say!(
            lang,
            "障害訓練を始めませんでした",
            "the drill did not begin"
        ),
        Code::NotRestored => say!(
            lang,
            "障害訓練のあと、元に戻せませんでした",
            "after the drill not everything could be put back"
        ),
        Code::SamplesUnseen => say!(
            lang,
            "障害訓練のあいだ、採点側の都合で見られなかった時間が長すぎます",
            "during the drill too much could not be looked at from here"
        ),
        Code::NotCleanedUp => say!(
            lang,
            "確認のために作ったものを消せませんでした",
            "what the check made could not be removed"
        ),
        Code::LocalNetwork => say!(
            lang,
            "このパソコンがネットワークにつながっていません",
            "this computer has no working network"
        ),
        Code::Template => say!(
            lang,
            "確認に使う値を決められません",
            "a value that the check needs could not be worked out"
        ),
        Code::Deadline => say!(
            lang,
            "制限時間内に確認が終わりませんでした",
            "the check did not finish in its time"
        ),
        Code::Interrupted => say!(lang, "途中で中断されました", "the run was interrupted"),
        Code::Panicked => say!(
            lang,
            "labcheck の不具合です",
            "labcheck itself broke: this is a bug"
        ),
        Code::NotInEvidence => say!(
            lang,
            "記録の中に、この確認に必要なものがありません",
            "the record does not hold what this check asks"
        ),
        Code::RunStoppedLooking => say!(
            lang,
            "記録は、結果が出る前に終わっています",
            "the record ends before the result was there"
        ),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each code; a code without a sentence must not compile"
)]
fn next(lang: Lang, code: Code, action: &str) -> String {
    match code {
        Code::NoCredentials => say!(
            lang,
            "Learner Lab の「AWS Details」→「AWS CLI: Show」に出る 3 行を、~/.aws/credentials の [default] の下に貼り付けて、もう一度実行してください。",
            "In Learner Lab open AWS Details, click Show next to AWS CLI, paste the three lines below [default] in ~/.aws/credentials, and run again."
        ),
        Code::ExpiredCredentials => say!(
            lang,
            "「Start Lab」でラボを始め直し、「AWS Details」→「AWS CLI: Show」の 3 行を ~/.aws/credentials に貼り直して、もう一度実行してください。",
            "Click Start Lab again, open AWS Details, click Show next to AWS CLI, paste the three lines over the old ones in ~/.aws/credentials, and run again."
        ),
        Code::InvalidCredentials => say!(
            lang,
            "「AWS Details」の 3 行 (aws_session_token も) を残らず貼り直し、パソコンの時計が合っているか確かめて、もう一度実行してください。",
            "Paste all three lines of AWS Details again, aws_session_token too, check that this computer's clock is right, and run again."
        ),
        Code::WrongAccount => say!(
            lang,
            "ラボを作ったアカウントの認証情報に替えるか、スタックファイルの expect_account を直してください。",
            "Use the credentials of the account in which you built the lab, or correct expect_account in the stack file."
        ),
        Code::AccessDenied => say!(
            lang,
            "ラボで配られた認証情報で実行しているか確かめてください。それでも出るときは、{action} の許可を先生に頼んでください。",
            "Check that you run with the credentials that the lab gave you; if you do, ask your instructor to allow {action}."
        ),
        Code::RegionDisabled => say!(
            lang,
            "ラボを作ったリージョンをスタックファイルの region: に書いてください (Learner Lab は us-east-1 と us-west-2 だけです)。",
            "Write the region in which you built the lab at region: in the stack file (Learner Lab has us-east-1 and us-west-2 only)."
        ),
        Code::Throttled => say!(
            lang,
            "1 分ほど待ってから、もう一度実行してください。作ったものの誤りではありません。",
            "Wait a minute and run again. Nothing that you built is at fault."
        ),
        Code::ApiUnreachable => say!(
            lang,
            "インターネット接続 (Wi-Fi、VPN、プロキシ) とスタックファイルの region: を確かめて、もう一度実行してください。",
            "Check your internet connection (Wi-Fi, VPN, proxy) and region: in the stack file, and run again."
        ),
        Code::ApiTimeout | Code::ApiFailed => say!(
            lang,
            "少し待って、もう一度実行してください。続くときは AWS Health Dashboard を見てください。",
            "Wait a little and run again. If it goes on, look at the AWS Health Dashboard."
        ),
        Code::ApiMalformed => say!(
            lang,
            "ブラウザで何かページを開き、Wi-Fi のログイン画面が出ないか見てください。endpoint_url を書いたときは、その宛先も確かめてください。",
            "Open any page in a browser: the Wi-Fi may want you to sign in. If endpoint_url is set, check where it points."
        ),
        Code::ApiRejected => say!(
            lang,
            "スタックファイルの region: と vars: を見直してください。合っていれば、この画面を先生に見せてください。",
            "Check region: and vars: in the stack file. If they are right, show this to your instructor."
        ),
        Code::VantageFailed => say!(
            lang,
            "スタックファイルの vantages: に書いた宛先が動いていて、ここからつながるか確かめて、もう一度実行してください。",
            "Check that what stands at vantages: in the stack file is running and can be reached from here, and run again."
        ),
        Code::ResolverFailed => say!(
            lang,
            "少し待って、もう一度実行してください。続くときは、別のネットワーク (スマートフォンのテザリングなど) で試してください。",
            "Wait a little and run again. If it goes on, try another network, such as your phone's."
        ),
        Code::ResolverFilters => say!(
            lang,
            "社内や家庭の DNS は、内部の IP アドレスを隠すことがあります。別のネットワークで試すか、スタックファイルの vantages: internet: に resolver: 8.8.8.8 を書いてください。",
            "Office and home DNS servers may hide private addresses. Try another network, or write resolver: 8.8.8.8 at vantages: internet: in the stack file."
        ),
        Code::OutcomeHidden => say!(
            lang,
            "中継を通さず、このパソコンから直接つなぐ設定 (vantages: internet: direct) で実行してください。",
            "Run it without a gateway, straight from this computer (vantages: internet: direct)."
        ),
        Code::AnswerUnexplained => say!(
            lang,
            "お使いのネットワークがこのポートを拒否している可能性があります。別のネットワークからもう一度実行してください。",
            "Your own network may reject this port. Run again from another network."
        ),
        Code::SilenceUnexplained => say!(
            lang,
            "セキュリティグループの確認が先に通ってから、もう一度実行してください。通っているなら、今のネットワークがこのポートを止めています。スマートフォンのテザリングなどで試してください。",
            "First get the security group's own check to pass. If it does, your network may be blocking this port: try another one, such as your phone's."
        ),
        Code::KeyUnreadable => say!(
            lang,
            "スタックファイルの vantages: に書いた key: のパスを確かめてください。",
            "Check the path at key: of vantages: in the stack file."
        ),
        Code::NoAgent => say!(
            lang,
            "スタックファイルの vantages: に鍵のパスを key: で書くか、ssh-agent を起動して ssh-add で鍵を登録してください。",
            "Write your key's path as key: at vantages: of the stack file, or start an ssh-agent and give it the key (ssh-add)."
        ),
        Code::AgentEmpty => say!(
            lang,
            "ssh-add で鍵を登録するか、スタックファイルの vantages: に鍵のパスを key: で書いてください。",
            "Give it the key (ssh-add), or write the key's path as key: at vantages: of the stack file."
        ),
        Code::KeyOpenToOthers => say!(
            lang,
            "chmod 600 でこのファイルを自分だけが読めるようにして、もう一度実行してください。",
            "Make the file yours alone (chmod 600) and run again."
        ),
        Code::KeyEncrypted => say!(
            lang,
            "ssh-add で鍵を ssh-agent に登録し、スタックファイルの key: を消して、もう一度実行してください。",
            "Add the key to the agent (ssh-add), take key: out of the stack file, and run again."
        ),
        Code::HostKeyRefused => say!(
            lang,
            "ご自分のサーバーだと確かめたうえで、上のコマンドを実行してから、もう一度実行してください。",
            "Make sure that the server is yours, run the command that is shown, and run again."
        ),
        Code::PluginMissing => say!(
            lang,
            "AWS の Session Manager プラグインを入れて PATH に置くか、スタックファイルの vantages: の ssm: に plugin: のパスを書いてください。",
            "Install AWS's Session Manager plugin into your PATH, or write its path as plugin: of ssm: in the stack file's vantages:."
        ),
        Code::KeyUnusable => say!(
            lang,
            "キーペアを作ったときに保存した .pem ファイルを key: に書いてください。",
            "Name at key: the .pem file that you saved when you made the key pair."
        ),
        Code::DrillRefused => say!(
            lang,
            "何も変更していません。上の原因をなくして、もう一度実行してください。",
            "Nothing was changed. Mend what is named above, and run again."
        ),
        Code::NotRestored => say!(
            lang,
            "上に書かれた操作を手で行うか、`labcheck restore` を実行してください。",
            "Do by hand what is named above, or run `labcheck restore`."
        ),
        Code::SamplesUnseen => say!(
            lang,
            "すべて元に戻っています。この PC のネットワークとスリープを確認して、もう一度実行してください。",
            "Everything was put back. Look at this machine's network, keep it awake, and run again."
        ),
        Code::NotCleanedUp => say!(
            lang,
            "上に書かれたものを手で消してください。",
            "Remove by hand what is named above."
        ),
        Code::LocalNetwork => say!(
            lang,
            "Wi-Fi や VPN の接続を確かめて、もう一度実行してください。",
            "Check Wi-Fi and VPN, and run again."
        ),
        Code::Template => say!(
            lang,
            "スタックファイルの vars: を見直してください。合っていれば、この画面を先生に見せてください。",
            "Check vars: in the stack file. If they are right, show this to your instructor."
        ),
        Code::Deadline => say!(
            lang,
            "もう一度実行してください。作った直後なら、数分待ってからにしてください。",
            "Run again; if you have only just built it, give it a few minutes first."
        ),
        Code::Interrupted => say!(
            lang,
            "もう一度、最後まで実行してください。",
            "Run again, to the end."
        ),
        Code::Panicked => say!(
            lang,
            "あなたの作ったものの誤りではありません。この画面を先生に見せてください。",
            "Nothing that you built is at fault. Show this to your instructor."
        ),
        Code::NotInEvidence | Code::RunStoppedLooking => say!(
            lang,
            "スタックが残っていれば、もう一度そのスタックに対して実行してください。",
            "If the stack still stands, run against it again."
        ),
    }
}
