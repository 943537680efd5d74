//! Protocol Buffers as bytes: fields with a number and a kind. Whatever the definitions do not have is an error.

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'a> {
    Varint(u64),
    /// 64 bits.
    Fixed(u64),
    /// A string, a message, bytes.
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], String> {
        match self {
            Field::Bytes(bytes) => Ok(bytes),
            other => Err(format!("{other:?} where a length was due")),
        }
    }

    pub(super) fn text(self) -> Result<String, String> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|error| error.to_string())
    }

    pub(super) fn number(self) -> Result<f64, String> {
        match self {
            Field::Fixed(bits) => Ok(f64::from_bits(bits)),
            other => Err(format!("{other:?} where a double was due")),
        }
    }

    pub(super) fn integer(self) -> Result<u64, String> {
        match self {
            Field::Varint(value) => Ok(value),
            other => Err(format!("{other:?} where an integer was due")),
        }
    }
}

/// The fields of a message, in their order.
pub(super) fn fields(mut message: &[u8]) -> Result<Vec<(u64, Field<'_>)>, String> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut message)?),
            1 => {
                let bytes = take(&mut message, 8)?;
                Field::Fixed(u64::from_le_bytes(bytes.try_into().expect("eight were taken")))
            }
            2 => {
                let length = varint(&mut message)? as usize;
                Field::Bytes(take(&mut message, length)?)
            }
            other => return Err(format!("wire type {other}")),
        };
        fields.push((key >> 3, field));
    }
    Ok(fields)
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Result<&'a [u8], String> {
    let (taken, rest) = message.split_at_checked(length).ok_or("unexpected EOF")?;
    *message = rest;
    Ok(taken)
}

fn varint(message: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(message, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a varint of more than ten bytes".to_string())
}

pub(super) fn put_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

pub(super) fn put_bytes(message: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    put_varint(message, number << 3 | 2);
    put_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}
