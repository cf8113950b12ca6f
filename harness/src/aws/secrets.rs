//! Passwords that AWS keeps: a secret of Secrets Manager, a parameter of Parameter Store. What comes back is handed on and
//! kept nowhere.
use super::session::Aws;
use crate::fault::{Code, ProbeError};

impl Aws {
    /// The text of a secret, by its ARN; of a JSON secret, as RDS makes them, its `password`.
    ///
    /// # Errors
    /// The call failed, or the secret is no text.
    pub async fn secret(&self, arn: &str) -> Result<String, ProbeError> {
        let clients = self.clients();
        let call = clients.call("secretsmanager:GetSecretValue");
        let answer = clients.secrets.get_secret_value().secret_id(arn).send();
        let answer = answer
            .await
            .map_err(|error| self.redacted(call.failed(&error)))?;
        let text = answer
            .secret_string
            .ok_or_else(|| call.fault(Code::ApiMalformed, "the secret is no text"))?;
        Ok(password_of(text))
    }

    /// The value of a parameter, by its ARN or name.
    ///
    /// # Errors
    /// The call failed, or there is no value.
    pub async fn parameter(&self, name: &str) -> Result<String, ProbeError> {
        let clients = self.clients();
        let call = clients.call("ssm:GetParameter");
        let ask = clients.ssm.get_parameter().name(name).with_decryption(true);
        let answer = ask
            .send()
            .await
            .map_err(|error| self.redacted(call.failed(&error)))?;
        let value = answer.parameter.and_then(|parameter| parameter.value);
        value.ok_or_else(|| call.fault(Code::ApiMalformed, "the parameter has no value"))
    }
}

fn password_of(text: String) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    json.and_then(|json| json.get("password")?.as_str().map(str::to_owned))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::password_of;

    #[test]
    fn a_secret_is_its_text_or_its_password() {
        assert_eq!(password_of("plain".to_owned()), "plain");
        let of_rds = r#"{"username":"admin","password":"p","engine":"mysql"}"#;
        assert_eq!(password_of(of_rds.to_owned()), "p");
        assert_eq!(password_of("{\"a\":1}".to_owned()), "{\"a\":1}");
    }
}
