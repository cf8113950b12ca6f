//! The values that a condition compares with: literals of the plan, or templates read in the field's type.
use serde_json::{Value, json};

use super::condition::Operand;
use crate::plan::template::TemplateError;
use crate::schema::Type;

/// The operand's value.
///
/// # Errors
/// Its template gave no value.
pub fn evaluate_operand(operand: &Operand, names: &Value) -> Result<Value, TemplateError> {
    match operand {
        Operand::Literal(value) => Ok(value.clone()),
        Operand::Template(template, ty) => Ok(read_as(template.evaluate(names)?, ty)),
    }
}

/// The values of a list of operands; one that is itself a list counts as its elements.
///
/// # Errors
/// A template gave no value.
pub fn evaluate_list(operands: &[Operand], names: &Value) -> Result<Vec<Value>, TemplateError> {
    let mut values = Vec::new();
    for operand in operands {
        match evaluate_operand(operand, names)? {
            Value::Array(elements) => values.extend(elements),
            value => values.push(value),
        }
    }
    Ok(values)
}

/// A template's value in the type of the field that it is compared with: a var may be `3000` or `'3000'`.
fn read_as(value: Value, ty: &Type) -> Value {
    match (ty, &value) {
        (Type::List(inner), Value::Array(elements)) => elements
            .iter()
            .cloned()
            .map(|element| read_as(element, inner))
            .collect(),
        (_, Value::Array(elements)) => elements
            .iter()
            .cloned()
            .map(|element| read_as(element, ty))
            .collect(),
        (Type::Text | Type::Time, Value::Number(number)) => json!(number.to_string()),
        (Type::Text, Value::Bool(truth)) => json!(truth.to_string()),
        (Type::Integer, Value::String(text)) => {
            text.parse::<i64>().map_or(value, |number| json!(number))
        }
        (Type::Number, Value::String(text)) => {
            text.parse::<f64>().map_or(value, |number| json!(number))
        }
        (Type::Boolean, Value::String(text)) => {
            text.parse::<bool>().map_or(value, |truth| json!(truth))
        }
        _ => value,
    }
}
