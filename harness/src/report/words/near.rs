//! What was nearly what the lab asks for: the quickest way to see a slip of the keyboard.
use super::say;
use crate::report::inert::inert_to;
use crate::report::model::{Near, Nearness};
use crate::text::Lang;

/// A near miss as one phrase.
#[must_use]
pub fn near(lang: Lang, near: &Near) -> String {
    // Quoted, since what differs may be a blank that the eye does not see.
    let name = inert_to(&near.name, 80);
    let place = inert_to(near.place.as_deref().unwrap_or_default(), 80);
    let at = if place.is_empty() {
        String::new()
    } else {
        format!(" ({place})")
    };
    match near.why {
        Nearness::Same => say!(lang, "\"{name}\"{at}", "\"{name}\"{at}"),
        Nearness::OtherVpc => say!(
            lang,
            "\"{name}\" は別の VPC にあります{at}",
            "\"{name}\" is in another VPC{at}"
        ),
        Nearness::OtherRegion => say!(
            lang,
            "\"{name}\" は別のリージョンにあります{at}",
            "\"{name}\" is in another region{at}"
        ),
        Nearness::Case => say!(
            lang,
            "\"{name}\" は大文字と小文字が違います{at}",
            "\"{name}\" differs in upper and lower case{at}"
        ),
        Nearness::TrailingBlank => say!(
            lang,
            "\"{name}\" は前か後ろに空白が入っています{at}",
            "\"{name}\" has a blank before or after it{at}"
        ),
        Nearness::FullWidth => say!(
            lang,
            "\"{name}\" は全角文字が混ざっています{at}",
            "\"{name}\" has full-width letters{at}"
        ),
        Nearness::Similar => say!(
            lang,
            "似た名前 \"{name}\" があります{at}",
            "there is one named \"{name}\"{at}"
        ),
    }
}
