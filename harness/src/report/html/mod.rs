//! Reports as one page each, which a browser opens from a file: style and script are in it, nothing is fetched. What is on
//! it is a view of data ([`view`]); the templates lay it out and escape every text. The page works without its script,
//! in print, on a dark screen and by keyboard.
pub mod view;

use std::io::{self, Write};

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
const TEMPLATES: [(&str, &str); 7] = [
    ("parts.html", include_str!("parts.html")),
    ("run.html", include_str!("run.html")),
    ("class/head.html", include_str!("class/head.html")),
    ("class/row.html", include_str!("class/row.html")),
    ("class/items.html", include_str!("class/items.html")),
    ("class/student.html", include_str!("class/student.html")),
    ("class/end.html", include_str!("class/end.html")),
];

/// What every page is given beside its own data.
#[derive(Serialize)]
struct Page<'a, T> {
    lang: &'a str,
    labels: Labels,
    style: &'a str,
    script: &'a str,
    digest: &'a str,
    data: &'a T,
}

/// A run's page.
///
/// # Errors
/// A mistake in a template.
pub fn run(report: &Report, lang: Lang) -> io::Result<String> {
    let mut page = Vec::new();
    Templates::of(lang)?.write("run.html", &ReportView::of(report, lang), &mut page)?;
    String::from_utf8(page).map_err(io::Error::other)
}

/// The templates of pages in a language.
pub struct Templates {
    lang: Lang,
    environment: Environment<'static>,
    /// The script's digest for the page's own policy: no other script runs in it, whatever a stack says.
    digest: String,
}

impl Templates {
    /// Reads them.
    ///
    /// # Errors
    /// A mistake in a template.
    pub fn of(lang: Lang) -> io::Result<Self> {
        let mut environment = Environment::new();
        for (name, source) in TEMPLATES {
            environment
                .add_template(name, source)
                .map_err(io::Error::other)?;
        }
        Ok(Self {
            lang,
            environment,
            digest: BASE64_STANDARD.encode(Sha256::digest(SCRIPT)),
        })
    }

    /// Writes a page, or a part of one, by this template with this data.
    ///
    /// # Errors
    /// A mistake in a template, or `to` takes no more.
    pub fn write<T: Serialize>(&self, template: &str, data: &T, to: impl Write) -> io::Result<()> {
        let page = Page {
            lang: match self.lang {
                Lang::Ja => "ja",
                Lang::En => "en",
            },
            labels: Labels::of(self.lang),
            style: STYLE,
            script: SCRIPT,
            digest: &self.digest,
            data,
        };
        let template = self.environment.get_template(template);
        let rendered = template.and_then(|template| {
            template.render_captured_to(Value::from(minijinja::value::Serde(&page)), to)
        });
        rendered.map(drop).map_err(io::Error::other)
    }
}
