"""The fields of a message that we know, by what they mean to a support desk (Bot API 10.x)."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WITH_FILE = ("animation", "video", "video_note", "voice", "audio", "sticker", "document")

# A venue comes with a location of its own: order matters.
PLAIN = _words(
    "story venue location contact poll dice game invoice paid_media checklist giveaway giveaway_winners"
)

SERVICE = _words(
    """
    new_chat_members new_chat_member new_chat_participant left_chat_member left_chat_participant
    new_chat_title new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created
    channel_chat_created message_auto_delete_timer_changed pinned_message successful_payment
    refunded_payment users_shared user_shared chat_shared connected_website write_access_allowed
    passport_data proximity_alert_triggered boost_added chat_background_set forum_topic_created
    forum_topic_edited forum_topic_closed forum_topic_reopened general_forum_topic_hidden
    general_forum_topic_unhidden giveaway_created giveaway_completed video_chat_scheduled
    video_chat_started video_chat_ended video_chat_participants_invited voice_chat_scheduled
    voice_chat_started voice_chat_ended voice_chat_participants_invited web_app_data gift unique_gift
    gift_upgrade_sent paid_message_price_changed direct_message_price_changed suggested_post_approved
    suggested_post_approval_failed suggested_post_declined suggested_post_paid suggested_post_refunded
    checklist_tasks_done checklist_tasks_added chat_owner_left chat_owner_changed
    """
)

CONTEXT = frozenset(
    _words(
        """
    message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
    sender_business_bot sender_tag date business_connection_id chat forward_origin
    forward_from forward_from_chat forward_from_message_id forward_signature forward_sender_name
    forward_date is_topic_message is_automatic_forward reply_to_message external_reply quote
    reply_to_story reply_to_checklist_task_id via_bot edit_date has_protected_content is_from_offline
    is_paid_post media_group_id author_signature paid_star_count text entities link_preview_options
    suggested_post_info effect_id caption caption_entities show_caption_above_media has_media_spoiler
    reply_markup migrate_to_chat_id migrate_from_chat_id
        """
    )
)
"""Fields that are about a message, not what it says."""

IGNORED_UPDATES = frozenset(
    _words(
        """
    channel_post edited_channel_post business_connection business_message edited_business_message
    deleted_business_messages message_reaction message_reaction_count inline_query chosen_inline_result
    shipping_query pre_checkout_query purchased_paid_media poll poll_answer chat_member
    chat_join_request chat_boost removed_chat_boost managed_bot
        """
    )
)
"""Updates that say nothing to the desk: broadcasts, reactions, payments, other people's membership."""
