use serde_json::Value;

use crate::{Client, ClientError, Path};

/// Pages of one list that a client reads before it gives up.
pub const LIST_PAGES_MAX: usize = 1000;

impl Client {
    /// Reads every page of a list and returns the first page's object with all entries in `data`.
    ///
    /// # Errors
    /// As [`Client::get`], and when the list has more than [`LIST_PAGES_MAX`] pages.
    pub async fn list(&self, path: &Path) -> Result<Value, ClientError> {
        let mut whole = self.get(path).await?;
        let mut token = next_token(&whole);
        let mut pages = 1;
        while let Some(current) = token {
            if pages == LIST_PAGES_MAX {
                return Err(ClientError::EndlessList(path.to_string()));
            }
            let mut page = self.get(&path.clone().query("page_token", &current)).await?;
            token = next_token(&page).filter(|next| *next != current);
            append(&mut whole, &mut page);
            pages += 1;
        }
        if let Some(metadata) = whole.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("next");
        }
        Ok(whole)
    }
}

fn append(whole: &mut Value, page: &mut Value) {
    let more = page.get_mut("data").and_then(Value::as_array_mut).map(std::mem::take);
    if let (Some(data), Some(more)) = (whole.get_mut("data").and_then(Value::as_array_mut), more) {
        data.extend(more);
    }
}

/// Clients read only the `page_token` of `metadata.next`; its host and path mean nothing.
fn next_token(list: &Value) -> Option<String> {
    let next = list.pointer("/metadata/next")?.as_str()?;
    let query = next.split_once('?')?.1;
    let token = query.split('&').find_map(|pair| pair.strip_prefix("page_token="))?;
    (!token.is_empty()).then(|| decode(token))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%').then(|| tail.get(..2)).flatten();
        let value =
            escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match value {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_page_token_leads_on() {
        let list = |next: Value| json!({"metadata": {"next": next}, "data": []});
        let url = "https://elsewhere/x?page_size=10&page_token=a%2Fb%3D";
        assert_eq!(next_token(&list(json!(url))).as_deref(), Some("a/b="));
        assert_eq!(next_token(&list(Value::Null)), None);
        assert_eq!(next_token(&list(json!(""))), None);
        assert_eq!(next_token(&json!({"data": []})), None);
    }
}
