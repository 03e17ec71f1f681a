"""Words that stand beside secrets, and words that stand beside what looks like one but is not.

Patterns are matched against folded text (`readings.folding.fold`): lower case, no accents, Persian letters, simplified
Chinese, ASCII digits.
"""

from __future__ import annotations

PRIVATE_KEY = (
    # English
    r"priv(?:ate)?[\s_-]*keys?",
    r"(?:prv|pvt)[\s_-]*keys?",
    r"secret[\s_-]*keys?",
    r"wallet[\s_-]*keys?",
    r"(?<![a-z])pk(?![a-z])",
    # Chinese
    r"私钥|私匙|密钥|秘钥|金钥",
    # Persian, and in Latin letters
    r"کلید\s*(?:های?\s*|ی\s*)?(?:خصوصی|شخصی|محرمانه|مخفی)",
    r"پرایوت(?:\s*کی)?|پرایویت(?:\s*کی)?",
    r"kelid\w{0,2}\s*(?:khosusi|khosoosi|khososi|shakhsi|makhfi)",
    # Turkish
    r"(?:ozel|gizli|kisisel|private)\s*(?:anahtar|key)\w*",
    r"cuzdan\s*anahtar\w*",
)

# A nearer one of these says that the hex digits are a transaction, an address or a signature: never masked.
PUBLIC_VALUE = (
    r"(?<![a-z])(?:tx|txn|trx)[\s_-]*(?:id|hash|no)?(?![a-z])|txid|txhash",
    r"hash|transaction|transfer|deposit|withdraw|signature|public[\s_-]*key|pub[\s_-]*key|address|contract|block|explorer",
    r"scan(?=[./])|(?<![a-z])(?:sent|send|sending|paid|payment|order|moved)(?![a-z])",
    r"哈希|交易|转账|转帐|充值|充币|提币|提现|到账|签名|公钥|地址|合约|区块|订单|流水",
    r"(?<!\w)هش(?!\w)|تراکنش|انتقال|واریز|برداشت|امضا|کلید\s*عمومی|ادرس|قرارداد|تی\s*ایکس|سفارش",
    r"(?<![a-z])(?:islem|imza|adres|transfer|havale|yatirma|yatirim|cekim|cektim|gonder|acik anahtar|genel anahtar)",
)

# "Never share ...", "I did not give ...": the key is talked about, not shown.
DENIAL = (
    r"(?<![a-z])(?:never|not|no|dont|don't|didn't|didnt|won't|nobody|without|refused)(?![a-z])",
    r"没|未|不|别|切勿|拒绝",
    r"نداد|نده|ندید|نمید|نمی\s*د|هیچ|هرگز|نفرست|نگفت|نگو",
    r"(?<![a-z])(?:asla|hic|kimse)|(?:vermedi|paylasmadi|soylemedi|vermeyin|paylasmayin|vermem|paylasmam)",
)

# What may stand between the name of a key and the key itself when one introduces the other.
INTRODUCTION = (
    r"(?:im|i|in|ler|m)?"
    r"(?:\s*(?:is|was|are|as|here|this|是|为|如下|است|هست|اینه|ine|hast|su|budur|soyle))*"
)

# After these a Chinese phrase may stand without spaces.
CHINESE_PHRASE = (
    r"助[记記][词詞]"
    r"|(?:种子|種子|恢复|恢復)(?:短?[词詞语語]|密[钥鑰語语])"
    r"|seed(?:\s*phrase)?|mnemonic(?:\s*phrase)?"
)
CHINESE_INTRODUCTION = r"[\s:：=，,“\"'「（(]+|就?[是为為]|如下|在[这這][里裡]|在下面|[给給發发]你"

# Pairs of characters that mark prose. A random phrase contains one of them less than once in a thousand.
CHINESE_PROSE = (
    "不要 不能 不会 不會 不可 不是 千万 千萬 切勿 我们 我們 你们 你們 他们 他們 客服 "
    "任何 没有 沒有 可以 请问 請問 怎么 怎麼 什么 什麼 知道 告诉 告訴 因为 因為 所以 "
    "但是 如果 已经 已經 现在 現在 自己 大家 谢谢 謝謝 是不 的人 别人 別人 不到 找回 "
    "找不 丢了 丟了 忘了 忘记 忘記 泄露 洩露 保管 保存 备份 備份 安全 重要 非常 一定 "
    "一个 一個 这个 這個 那个 那個 这是 這是 就是 还是 還是 也是 都是 能不 会不 會不 "
    "要不 有人 时候 時候 应该 應該 需要 必须 必須 永远 永遠 绝对 絕對 钱包 錢包 私钥 "
    "私鑰 密码 密碼 账号 帳號 資產 资产 被盗 被盜 被骗 被騙 骗子 騙子 转走 轉走 帮我 "
    "幫我 帮忙 幫忙 我的 你的 他的 了我 给我 給我 给你 給你 发给 發給 写在 寫在 纸上 "
    "紙上 手机 手機 电脑 電腦 截图 截圖 输入 輸入 导入 導入 之后 之後 以后 以後 然后 "
    "然後 可能 还有 還有 只有 所有 问题 問題 小心 注意 提供 要求 索要 工作 人员 人員 "
    "官方 平台 交易 时间 時間 今天 昨天 为什 為什 了吗 了嗎 吗我 嗎我 出来 出來 起来 "
    "起來 看到 收到 得到 用户 用戶"
).split()
