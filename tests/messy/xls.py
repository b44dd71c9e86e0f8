"""The smallest XLS file that holds texts and numbers: BIFF8 records in an OLE2 container."""

import struct

_SECTOR = 512
_ERRORS = {"#N/A": 0x2A, "#REF!": 0x17}
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(sheets):
    """Bytes of a workbook; `sheets` is name -> rows of str, float or None."""
    bodies = [_sheet(rows) for rows in sheets.values()]
    head = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))]
    names = [_name(name) for name in sheets]
    bounds = sum(4 + 6 + len(name) for name in names) + len(head[0]) + 4
    for name, body in zip(names, bodies, strict=True):
        head.append(_record(0x0085, struct.pack("<IH", bounds, 0) + name))
        bounds += len(body)
    stream = b"".join([*head, _record(0x000A, b""), *bodies])
    return _container(stream)


def _record(number, content):
    return struct.pack("<HH", number, len(content)) + content


def _name(name):
    return struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")


def _sheet(rows):
    records = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))]
    width = max(len(row) for row in rows)
    records.append(_record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            cell = struct.pack("<HHH", at, column, 0)
            if value in _ERRORS:
                records.append(_record(0x0205, cell + bytes([_ERRORS[value], 1])))
            elif isinstance(value, str) and value:
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                records.append(_record(0x0204, cell + text))
            elif isinstance(value, (int, float)):
                records.append(_record(0x0203, cell + struct.pack("<d", value)))
    records.append(_record(0x000A, b""))
    return b"".join(records)


def _container(stream):
    """An OLE2 file with the one stream "Workbook"."""
    stream = stream.ljust(8 * _SECTOR, b"\0")
    stream += b"\0" * (-len(stream) % _SECTOR)
    count = len(stream) // _SECTOR
    fat = [_FAT, _END, *(range(3, count + 2)), _END]
    assert len(fat) <= _SECTOR // 4
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(_SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
        + struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
        + struct.pack("<109I", 0, *[_FREE] * 108)
    )  # fmt: skip
    return header + table + directory.ljust(_SECTOR, b"\0") + stream


def _entry(name, kind, child, start, size):
    words = name.encode("utf-16-le") + b"\0\0"
    return (
        words.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(words), kind, 1, _FREE, _FREE, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )
