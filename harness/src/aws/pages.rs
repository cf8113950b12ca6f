//! Page sequences. The SDK's own paginators end without a word when a token comes twice, which would pass for the whole
//! list; here that is a malformed answer. It knows no kind.
use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::error::Call;
use crate::fault::{Code, ProbeError};

/// More pages than any account's list has: with 100 to 1000 elements a page, an API that goes on beyond it is broken.
const MOST_PAGES: usize = 200;

/// Asks for page after page and takes each page's elements and the token of the next out of the answer.
///
/// # Errors
/// The first request's that failed; [`Code::ApiMalformed`] where an answer has no list, where a token comes again, and
/// where the pages do not end.
pub(super) async fn pages<T, O, E, F>(
    call: Call<'_>,
    ask: impl Fn(Option<String>) -> F,
    take: impl Fn(O) -> (Option<Vec<T>>, Option<String>),
) -> Result<Vec<T>, ProbeError>
where
    F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    E: Error + ProvideErrorMetadata + 'static,
{
    let mut all = Vec::new();
    let mut token = None;
    for _ in 0..MOST_PAGES {
        // The first page's turn came before the sequence's own time began.
        if token.is_some() {
            call.turn().await;
        }
        let answer = ask(token.clone())
            .await
            .map_err(|error| call.failed(&error))?;
        let (elements, next) = take(answer);
        all.extend(elements.ok_or_else(|| call.lacks("its list"))?);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(all),
            next if next == token => {
                return Err(call.fault(Code::ApiMalformed, "the same page again"));
            }
            next => token = next,
        }
    }
    Err(call.fault(Code::ApiMalformed, &format!("more than {MOST_PAGES} pages")))
}

/// The list with what was not found left out: asking for one that is gone is an error in some services.
pub(super) fn unless_gone<T>(found: Result<Vec<T>, ProbeError>) -> Result<Vec<T>, ProbeError> {
    found.or_else(|error| {
        let code = error.detail.split(':').next().unwrap_or_default();
        let gone = error.code == Code::ApiRejected
            && (code.ends_with("NotFound") || code.ends_with("NotFoundFault"));
        if gone { Ok(Vec::new()) } else { Err(error) }
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsError;

    use super::*;

    const CALL: Call<'_> = Call {
        action: "ec2:DescribeVpcs",
        region: "us-east-1",
        limits: None,
    };

    type Page = (Option<Vec<u32>>, Option<String>);

    async fn gather(page: impl Fn(Option<String>) -> Page) -> Result<Vec<u32>, ProbeError> {
        let ask = |token| {
            std::future::ready(Ok::<_, SdkError<DescribeVpcsError, HttpResponse>>(page(
                token,
            )))
        };
        pages(CALL, ask, |page| page).await
    }

    #[tokio::test]
    async fn pages_are_asked_for_until_there_is_no_token() {
        let two = |token: Option<String>| match token.as_deref() {
            None => (Some(vec![1, 2]), Some("b".to_owned())),
            _ => (Some(vec![3]), Some(String::new())),
        };
        assert_eq!(gather(two).await, Ok(vec![1, 2, 3]));
    }

    #[tokio::test]
    async fn a_token_that_comes_again_is_malformed_and_not_the_end() {
        let again = |_| (Some(vec![1]), Some("a".to_owned()));
        let error = gather(again).await.expect_err("the same page again");
        assert_eq!(
            (error.code, error.detail.as_str()),
            (Code::ApiMalformed, "the same page again")
        );
    }

    #[tokio::test]
    async fn pages_without_end_are_given_up() {
        let endless = |token: Option<String>| {
            let at: u32 = token
                .and_then(|token| token.parse().ok())
                .unwrap_or_default();
            (Some(vec![at]), Some((at + 1).to_string()))
        };
        assert_eq!(
            gather(endless).await.map_err(|error| error.code),
            Err(Code::ApiMalformed)
        );
    }

    #[tokio::test]
    async fn an_answer_without_its_list_is_malformed_and_not_empty() {
        assert_eq!(
            gather(|_| (None, None)).await.map_err(|error| error.code),
            Err(Code::ApiMalformed)
        );
    }

    #[test]
    fn one_that_is_gone_is_an_empty_list() {
        let fault = |detail| Err::<Vec<u32>, _>(CALL.fault(Code::ApiRejected, detail));
        assert_eq!(
            unless_gone(fault("LoadBalancerNotFound: no such")),
            Ok(Vec::new())
        );
        assert_eq!(
            unless_gone(fault("DBClusterNotFoundFault: no such")),
            Ok(Vec::new())
        );
        assert!(unless_gone(fault("ValidationError: NotFound")).is_err());
    }
}
