"""Buttons, edits and topics: a client library that knows nothing of us gets along with them."""

from __future__ import annotations

import asyncio

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest

from connectors.sandbox import world
from tests.sandbox.test_library import bot_of, poll
from tests.sandbox_process import SandboxProcess

DANA = world.person("dana").id


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(x, callback_data=x) for x in labels]])


def test_a_button_is_pressed_answered_and_taken_away(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            asked = await bot.send_message(DANA, "Solved?", reply_markup=keyboard("yes", "no"))
            sandbox.press("dana", "private", asked.message_id, "yes")
            (update,) = await poll(bot)
            query = update.callback_query
            assert query and query.data == "yes" and query.from_user.id == DANA
            assert query.message and query.message.message_id == asked.message_id
            assert await query.answer("Thank you")
            await query.edit_message_reply_markup(None)
            with pytest.raises(BadRequest, match="not modified"):
                await query.edit_message_reply_markup(None)
            with pytest.raises(BadRequest, match="too old"):
                await bot.answer_callback_query("77")

    asyncio.run(scenario())
    (said,) = sandbox.messages("private", "dana")
    assert said["text"] == "Solved?"
    assert "reply_markup" not in said
    assert "edit_date" not in said, "nobody is told of other buttons"


def test_words_and_captions_are_changed(sandbox: SandboxProcess, picture: bytes) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            text = await bot.send_message(DANA, "one", reply_markup=keyboard("a"))
            photo = await bot.send_photo(DANA, picture, caption="one")
            await text.edit_text("two")
            await photo.edit_caption("two")
            with pytest.raises(BadRequest, match="not modified"):
                await text.edit_text("two")
            with pytest.raises(BadRequest, match="no text in the message"):
                await photo.edit_text("three")
            with pytest.raises(BadRequest, match="no caption"):
                await text.edit_caption("three")
            with pytest.raises(BadRequest, match="too long"):
                await photo.edit_caption("x" * 1025)
            await text.delete()
            with pytest.raises(BadRequest, match="to edit not found"):
                await text.edit_text("three")

    asyncio.run(scenario())
    (photo,) = sandbox.messages("private", "dana")
    assert photo["caption"] == "two"


def test_topics_in_a_private_chat(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            with pytest.raises(BadRequest, match="not a forum"):
                await bot.create_forum_topic(DANA, "#1 a")
            sandbox.control("threaded", on=True)
            topic = await bot.create_forum_topic(DANA, "#1 a")
            thread = topic.message_thread_id
            said = await bot.send_message(DANA, "here", message_thread_id=thread)
            assert (said.message_thread_id, said.is_topic_message) == (thread, True)
            sandbox.say("dana", "private", "hello", thread=thread)
            (update,) = await poll(bot)
            assert update.message and update.message.message_thread_id == thread
            sandbox.control("topic", chat="private", person="dana", thread=thread, title="")
            with pytest.raises(BadRequest, match="thread not found"):
                await bot.send_message(DANA, "gone", message_thread_id=thread)

    asyncio.run(scenario())
    assert sandbox.call("getMe").json()["result"]["has_topics_enabled"] is True


def test_topics_in_a_forum_need_an_admin(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            topic = await bot.create_forum_topic(world.TURKISH.id, "Yeni")
            assert topic.name == "Yeni"
            with pytest.raises(BadRequest, match="not a forum"):
                await bot.create_forum_topic(world.ENGLISH.id, "New")
            sandbox.set_role("tr", "member")
            with pytest.raises(BadRequest, match=r"(?i)not enough rights"):
                await bot.create_forum_topic(world.TURKISH.id, "Yeni")

    asyncio.run(scenario())
