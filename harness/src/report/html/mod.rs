//! Reports as one page each, which a browser opens from a file: style and script are in it, nothing is fetched. What is on
//! it is a view of data ([`view`]); the templates lay it out and escape every text. The page works without its script,
//! in print, on a dark screen and by keyboard.
pub mod view;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::{Environment, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

use self::view::{Labels, ReportView};
use super::model::Report;
use crate::text::Lang;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");
const TEMPLATES: [(&str, &str); 3] = [
    ("run.html", include_str!("run.html")),
    ("class.html", include_str!("class.html")),
    ("parts.html", include_str!("parts.html")),
];

/// What every page is given beside its own data.
#[derive(Serialize)]
struct Page<'a, T> {
    lang: &'a str,
    labels: Labels,
    style: &'a str,
    script: &'a str,
    /// The script's digest for the page's own policy: no other script runs in it, whatever a stack says.
    digest: String,
    data: &'a T,
}

/// A run's page.
///
/// # Errors
/// A mistake in a template.
pub fn run(report: &Report, lang: Lang) -> Result<String, minijinja::Error> {
    render("run.html", &ReportView::of(report, lang), lang)
}

/// The page of this template with this data.
///
/// # Errors
/// A mistake in a template.
pub fn render<T: Serialize>(
    template: &str,
    data: &T,
    lang: Lang,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let page = Page {
        lang: match lang {
            Lang::Ja => "ja",
            Lang::En => "en",
        },
        labels: Labels::of(lang),
        style: STYLE,
        script: SCRIPT,
        digest: BASE64_STANDARD.encode(Sha256::digest(SCRIPT)),
        data,
    };
    environment
        .get_template(template)?
        .render(Value::from(minijinja::value::Serde(&page)))
}
