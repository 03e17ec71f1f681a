"""A client library that knows nothing of us gets along with the sandbox: it speaks the real protocol."""

from __future__ import annotations

import asyncio
import io

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess


def bot_of(sandbox: SandboxProcess, token: str = "") -> Bot:
    return Bot(
        token or sandbox.token,
        base_url=f"{sandbox.url}/bot",
        base_file_url=f"{sandbox.url}/file/bot",
    )


async def poll(bot: Bot) -> tuple[Update, ...]:
    found = await bot.get_updates(timeout=0, allowed_updates=Update.ALL_TYPES)
    if found:
        await bot.get_updates(offset=found[-1].update_id + 1)
    return found


def test_it_logs_in_receives_and_sends(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            assert (await bot.get_me()).username == world.BOT.username
            asked = sandbox.say("reza", "private", "سلام، ۵۰۰ تتر نرسيده")
            (update,) = await poll(bot)
            message = update.message
            assert message and message.from_user
            assert (message.message_id, message.chat.type) == (asked, ChatType.PRIVATE)
            assert message.from_user.full_name == "رضا محمدی"
            button = InlineKeyboardButton("ادامه", url="https://t.me/KaviraHelpBot?start=x")
            answer = await message.reply_text(
                "بررسی می‌کنیم 🙏", do_quote=True, reply_markup=InlineKeyboardMarkup([[button]])
            )
            assert answer.reply_to_message and answer.reply_to_message.message_id == asked
            await message.set_reaction("👍")
            await answer.delete()

    asyncio.run(scenario())
    assert [said.text for said in sandbox.ledger().by_bots] == ["بررسی می‌کنیم 🙏"]
    assert sandbox.ledger().by_bots[0].deleted


def test_files_both_ways(sandbox: SandboxProcess, picture: bytes) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            sandbox.say("mehmet", "tr", "dekont", thread="p2p", photos=(picture,))
            sandbox.say("dana", "private", file=b"a,b\n1,2\n", file_name="history.csv")
            photo, document = (update.message for update in await poll(bot))
            assert photo and photo.is_topic_message and photo.caption == "dekont"
            held = io.BytesIO()
            await (await photo.photo[-1].get_file()).download_to_memory(held)
            assert held.getvalue().startswith(b"\xff\xd8")
            assert document and document.document
            csv = await (await document.document.get_file()).download_as_bytearray()
            assert bytes(csv) == b"a,b\n1,2\n"
            sent = await photo.reply_photo(picture, caption="got it")
            assert sent.message_thread_id == photo.message_thread_id
            await bot.send_document(document.chat_id, b"%PDF-1.7", filename="statement.pdf")
            album = await bot.send_media_group(
                document.chat_id, [InputMediaPhoto(picture), InputMediaPhoto(picture)]
            )
            assert len(album) == 2

    asyncio.run(scenario())


def test_every_kind_of_update_parses(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            await poll(bot)
            first = sandbox.say("dana", "en", "hello @KaviraHelpBot")
            sandbox.edit("dana", "en", first, "hello again @KaviraHelpBot")
            sandbox.react("dana", "en", first, "👍")
            sandbox.block("dana")
            sandbox.set_role("zh", "administrator", may_delete=True)
            sandbox.migrate("fa")
            found = await poll(bot)
            assert len(found) == 7
            assert found[0].message and found[0].message.parse_entities()
            assert found[1].edited_message and found[2].message_reaction
            assert found[3].my_chat_member and found[4].my_chat_member
            assert found[5].message and found[5].message.migrate_to_chat_id

    asyncio.run(scenario())


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
def test_refusals_become_the_library_s_own_errors(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            with pytest.raises(BadRequest, match=r"(?i)message is too long"):
                await bot.send_message(world.person("dana").id, "x" * 4097)
            sandbox.block("dana")
            with pytest.raises(Forbidden, match=r"(?i)bot was blocked by the user"):
                await bot.send_message(world.person("dana").id, "x")
            new_id = sandbox.migrate("fa")
            with pytest.raises(ChatMigrated) as migrated:
                await bot.send_message(world.PERSIAN.id, "x")
            assert migrated.value.new_chat_id == new_id
            sandbox.fault("429", retry_after=9)
            with pytest.raises(RetryAfter):
                await bot.send_message(world.person("reza").id, "x")
        with pytest.raises(InvalidToken):
            async with bot_of(sandbox, f"1:{'x' * 35}"):
                pass

    asyncio.run(scenario())


def test_groups_as_the_library_sees_them(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            chat = await bot.get_chat(world.TURKISH.id)
            assert chat.is_forum and chat.title == "Kavira Türkiye"
            member = await bot.get_chat_member(world.ENGLISH.id, world.BOT.id)
            assert member.status == "administrator"
            assert await bot.get_chat_member_count(world.ENGLISH.id) == 18_204
            assert len(await bot.get_chat_administrators(world.ENGLISH.id)) == 1
            assert (await bot.get_webhook_info()).url == ""
            assert await bot.set_my_commands([("status", "Your tickets")])
            assert (await bot.get_my_commands())[0].command == "status"
            assert await bot.send_chat_action(world.TURKISH.id, "typing")

    asyncio.run(scenario())
