"""How a command ends: its exit code, and one line on standard error that says what, where, and what to do.

| code | meaning |
|---|---|
| 0 | all is well |
| 1 | an error of no other kind |
| 2 | the command line, a setting or a value is wrong |
| 3 | loaded, and rows were set aside |
| 4 | nothing was found |
| 5 | a file or a mapping cannot be read, or a file not written |
| 6 | the store, or the state of the service, cannot be used |
| 70 | an error inside Headwater |
| 130 | interrupted |
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click

from api.errors import AuditBroken, Forbidden, ServiceError, StateUnavailable
from graph.errors import (
    HeadwaterError,
    InvalidValue,
    MappingError,
    NotFound,
    OntologyError,
    Reserved,
    SettingError,
    StoreBusy,
    StoreError,
    StoreIncompatible,
    StoreReadOnly,
    StoreUnavailable,
    UnreadableFile,
)
from headwater import terminal
from headwater.settings import LANGUAGES, Settings, from_environment

if TYPE_CHECKING:
    from graph.caption import Language

ROWS_SET_ASIDE = 3
INSIDE = 70
INTERRUPTED = 130
EXIT_CODES: dict[type[HeadwaterError], int] = {
    InvalidValue: 2,
    OntologyError: 1,
    SettingError: 2,
    MappingError: 5,
    UnreadableFile: 5,
    NotFound: 4,
    Reserved: 2,
    StoreError: 6,
    AuditBroken: 1,
    StateUnavailable: 6,
    ServiceError: 2,
    HeadwaterError: 1,
}
CHINESE: dict[type[HeadwaterError], tuple[str, str]] = {
    InvalidValue: ("值不合规则", "请更正该值；若名称对应多个节点，请改用编号"),
    OntologyError: ("本体有误", "请更正所指的行"),
    SettingError: ("设置或参数有误", "请更正；存储写作 sqlite:路径 或 neo4j://用户:密码@主机:端口/库"),
    MappingError: (
        "映射有误",
        "请更正所指的行；没有适用的映射时，用 `headwater mapping 文件` 起草，再用 --mapping 指定",
    ),
    UnreadableFile: ("文件无法读写", "请检查路径、权限与磁盘；文件损坏或格式不符时，请重新导出或另存"),
    Reserved: (
        "此来源不可整体撤回",
        "人工判断用 `headwater judge A B --undo --why 理由` 逐对撤回，用 `headwater judgements export 文件` 导出；"
        "模型关系用 `headwater resolve --full` 重建",
    ),
    NotFound: ("未找到", "用 `headwater search` 查找编号，用 `headwater status` 查看已载入的数据"),
    StoreBusy: ("存储正忙", "请待其他进程结束后重试，或减少一次查询的数据量"),
    StoreUnavailable: ("存储无法打开", "请检查路径、服务器与账号；尚无存储时，先用 `headwater load` 载入数据"),
    StoreIncompatible: ("存储不兼容", "请换用其他文件或服务器、升级 Headwater，或恢复备份"),
    StoreReadOnly: ("存储无法写入", "请检查权限与剩余空间，然后重新运行"),
    StoreError: ("存储出错", ""),
    AuditBroken: ("审计日志与写入时不符", "请与备份核对"),
    StateUnavailable: ("服务状态无法使用", "请检查 HEADWATER_STATE 所指目录、权限与磁盘，或恢复备份"),
    Forbidden: ("该角色无此权限", "请换用有权限的密钥"),
    ServiceError: ("服务拒绝了请求", ""),
    HeadwaterError: ("出错", ""),
}
"""What each error is called in Chinese, and what to do, the nearer class first; the particulars are in English."""
_LONGEST = 1200
"""Characters of a message: an argument of megabytes is not told whole."""


def exit_code(error: BaseException) -> int:
    """The exit code that an error leaves with."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), INSIDE)


@contextlib.contextmanager
def leaving(arguments: Sequence[str]) -> Iterator[None]:
    """Runs a command given by `arguments`, and ends the process as its errors say; none leaves as a traceback."""
    settings = Settings()
    try:
        try:
            settings = from_environment()
            with _stoppable():
                yield
            sys.stdout.flush()
        except HeadwaterError as error:
            chinese = next(words for kind, words in CHINESE.items() if isinstance(error, kind))
            _end(arguments, settings, error.code, str(error), chinese, exit_code(error))
        except click.UsageError as error:
            seen = error.ctx.command_path if error.ctx is not None else "headwater"
            message = f"{_sentence(error.format_message())}; see `{seen} --help`"
            chinese = _usage(error), f"用 `{seen} --help` 查看用法"
            _end(arguments, settings, "usage", message, chinese, error.exit_code)
        except click.ClickException as error:
            _end(arguments, settings, "usage", _sentence(error.format_message()), ("命令有误", ""), error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            message = "interrupted; the store is whole, run the command again to go on"
            _end(arguments, settings, "interrupted", message, ("已中断", "存储完好，再次运行即可继续"), INTERRUPTED)
        except BrokenPipeError:
            raise
        except OSError as error:
            place = error.filename or "the output"
            message = f"{place}: {error.strerror or error}; check the path, its permissions and the disk"
            _end(arguments, settings, UnreadableFile.code, message, CHINESE[UnreadableFile], 5)
        except Exception as error:
            if settings.debug:
                sys.stderr.write(_without_secrets(traceback.format_exc(), arguments))
            _end(arguments, settings, "inside", _inside(error), ("程序内部错误", "请报告此问题"), INSIDE)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); the interpreter must not complain of it at its end.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        sys.exit(0)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Takes a polite request to end (SIGTERM) as Ctrl-C, so that what was begun is cleared away."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(
    arguments: Sequence[str], settings: Settings, code: str, message: str, chinese: tuple[str, str], number: int
) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    message = terminal.plain(" ".join(_without_secrets(message, arguments).split()))
    if len(message) > _LONGEST:
        # What to do stands at the end.
        message = f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 :]}"
    if "--json" in arguments:
        # Not by orjson: a message may hold what no UTF-8 can write.
        line = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=sys.stderr.encoding != "utf-8")
    elif _language(arguments, settings) == "zh":
        name, advice = chinese
        line = f"headwater：{name}：{message}{f'（{advice}）' if advice else ''}"
    else:
        line = f"headwater: {message}"
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
    sys.exit(number)


def _language(arguments: Sequence[str], settings: Settings) -> Language:
    """The language of an error, which may come before the arguments were understood."""
    for name, value in zip(arguments, (*arguments[1:], ""), strict=False):
        for language in LANGUAGES:
            if (name, value) == ("--lang", language) or name == f"--lang={language}":
                return language
    return settings.language


def _usage(error: click.UsageError) -> str:
    """What is wrong with a command line, in Chinese, as far as click's classes tell."""
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}"
    if isinstance(error, click.MissingParameter):
        return "缺少参数"
    return "参数值有误" if isinstance(error, click.BadParameter) else "命令有误"


def _sentence(message: str) -> str:
    """A message of click's as the middle of a sentence: without its stop, and small at the start."""
    message = message.strip().rstrip(".")
    first = message.partition(" ")[0]
    return message[:1].lower() + message[1:] if first.istitle() else message


def _inside(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(os.path.dirname(place.filename))}/{os.path.basename(place.filename)}:{place.lineno}"
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"an error inside Headwater, {what} ({where}); please report it, with what HEADWATER_DEBUG=1 shows"


def _without_secrets(text: str, arguments: Sequence[str]) -> str:
    """The text without the password of any store URL that this process was given, even of a malformed one."""
    for given in (*arguments, os.environ.get("HEADWATER_STORE", "")):
        head, at, _ = given.rpartition("@")
        login = re.match(r"[^:]*://(.*)|(?:--store=)?(?:neo4j|bolt)[^:]*:(.*)", head, re.DOTALL)
        if at and login:
            parts = (login[1] or login[2] or "").split(":")
            passwords = [":".join(parts[1:]), *([parts[-1]] if login[2] else [])]
            for password in filter(None, passwords):
                text = text.replace(password, "***").replace(unquote(password), "***")
    return text
