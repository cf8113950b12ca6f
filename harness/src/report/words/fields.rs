//! The console's words for the fields that the labs look at, so that a student finds on the screen what the report
//! names. A field that is not here keeps the API's own name.
use crate::report::inert::inert_to;
use crate::text::Lang;

/// Field, in the Japanese and in the English console.
const WORDS: &[(&str, &str, &str)] = &[
    ("addresses", "IP アドレス", "addresses"),
    ("associations", "関連付け", "associations"),
    (
        "availability_zone",
        "アベイラビリティーゾーン",
        "availability zone",
    ),
    (
        "availability_zones",
        "アベイラビリティーゾーン",
        "availability zones",
    ),
    (
        "backup_retention_period",
        "バックアップ保持期間",
        "backup retention period",
    ),
    ("body", "ページの内容", "page body"),
    ("cidr_block", "CIDR", "CIDR"),
    ("cnames", "別名 (CNAME)", "aliases (CNAME)"),
    (
        "db_instance_class",
        "DB インスタンスクラス",
        "DB instance class",
    ),
    ("default_actions", "デフォルトアクション", "default actions"),
    ("destination", "送信先", "destination"),
    ("dns_name", "DNS 名", "DNS name"),
    ("egress", "アウトバウンドルール", "outbound rules"),
    ("enable_dns_hostnames", "DNS ホスト名", "DNS hostnames"),
    ("enable_dns_support", "DNS 解決", "DNS resolution"),
    ("endpoint", "エンドポイント", "endpoint"),
    ("engine", "エンジン", "engine"),
    ("engine_version", "エンジンバージョン", "engine version"),
    ("from_port", "開始ポート", "first port"),
    ("headers", "HTTP ヘッダー", "HTTP headers"),
    ("health", "ヘルスステータス", "health status"),
    (
        "health_check_path",
        "ヘルスチェックパス",
        "health check path",
    ),
    (
        "health_check_port",
        "ヘルスチェックポート",
        "health check port",
    ),
    (
        "health_check_protocol",
        "ヘルスチェックプロトコル",
        "health check protocol",
    ),
    (
        "health_check_interval_seconds",
        "ヘルスチェック間隔 (秒)",
        "health check interval (s)",
    ),
    (
        "healthy_threshold_count",
        "正常のしきい値",
        "healthy threshold",
    ),
    (
        "unhealthy_threshold_count",
        "非正常のしきい値",
        "unhealthy threshold",
    ),
    ("image_id", "AMI", "AMI"),
    ("ingress", "インバウンドルール", "inbound rules"),
    ("instance", "インスタンス", "instance"),
    ("instance_type", "インスタンスタイプ", "instance type"),
    ("instances", "インスタンス", "instances"),
    ("key_name", "キーペア", "key pair"),
    ("listeners", "リスナー", "listeners"),
    (
        "map_public_ip_on_launch",
        "パブリック IPv4 の自動割り当て",
        "auto-assign public IPv4",
    ),
    ("matcher", "成功コード", "success codes"),
    ("multi_az", "マルチ AZ", "Multi-AZ"),
    ("name", "名前", "name"),
    ("port", "ポート", "port"),
    (
        "private_ip_address",
        "プライベート IPv4 アドレス",
        "private IPv4 address",
    ),
    ("protocol", "プロトコル", "protocol"),
    (
        "public",
        "パブリック (インターネットへの経路がある)",
        "public (routed to the internet)",
    ),
    ("public_dns_name", "パブリック DNS 名", "public DNS name"),
    (
        "public_ip_address",
        "パブリック IPv4 アドレス",
        "public IPv4 address",
    ),
    (
        "publicly_accessible",
        "パブリックアクセス",
        "publicly accessible",
    ),
    ("readers", "リーダー", "readers"),
    ("reason", "理由", "reason"),
    ("route_table", "ルートテーブル", "route table"),
    ("routes", "ルート", "routes"),
    ("scheme", "スキーム", "scheme"),
    ("security_groups", "セキュリティグループ", "security groups"),
    ("source", "ソース", "source"),
    ("source_kind", "ソースの種類", "kind of source"),
    ("state", "状態", "state"),
    ("status", "ステータス", "status"),
    ("storage_encrypted", "ストレージの暗号化", "encryption"),
    ("subnet", "サブネット", "subnet"),
    ("subnet_group", "サブネットグループ", "subnet group"),
    ("subnets", "サブネット", "subnets"),
    ("tags", "タグ", "tags"),
    ("target_group", "ターゲットグループ", "target group"),
    ("target_groups", "ターゲットグループ", "target groups"),
    ("target_type", "ターゲットタイプ", "target type"),
    ("targets", "ターゲット", "targets"),
    ("title", "ページのタイトル", "page title"),
    ("to_port", "終了ポート", "last port"),
    ("vpc", "VPC", "VPC"),
    ("vpc_id", "VPC", "VPC"),
    ("writer", "ライター", "writer"),
];

/// A field's word in the console.
#[must_use]
pub fn word(lang: Lang, field: &str) -> Option<&'static str> {
    let (_, ja, en) = WORDS.iter().find(|(name, ..)| *name == field)?;
    Some(match lang {
        Lang::Ja => ja,
        Lang::En => en,
    })
}

/// A path in the console's words, from the outside in: `targets[1].health` is `targets #2, health status`.
#[must_use]
pub fn path(lang: Lang, path: &str) -> String {
    let words: Vec<String> = segments(path).map(|part| segment(lang, part)).collect();
    words.join(match lang {
        Lang::Ja => " の ",
        Lang::En => ", ",
    })
}

/// The parts between dots; a part in quotes may hold dots.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let parts = path.split(move |character| {
        quoted ^= character == '"';
        character == '.' && !quoted
    });
    parts.filter(|part| !part.is_empty())
}

fn segment(lang: Lang, segment: &str) -> String {
    let (field, places) = segment.split_at(segment.find('[').unwrap_or(segment.len()));
    let mut text = word(lang, field).map_or_else(|| inert_to(field, 60), str::to_owned);
    for place in places.split(['[', ']']).filter(|place| !place.is_empty()) {
        text.push(' ');
        match place.parse::<usize>() {
            // People count from one.
            Ok(place) => text.extend(["#", &place.saturating_add(1).to_string()]),
            Err(_) => text.push_str(&inert_to(place, 40)),
        }
    }
    text
}
