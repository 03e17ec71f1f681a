"""Words that give a language away, for texts in letters that several languages share.

All are in the folded spelling (lower case, no accents). A word that stands under several languages counts less for
each. Crypto words ("usdt", "withdraw", "pending") stand nowhere: people use them in every language.
"""

from __future__ import annotations

LATIN: dict[str, frozenset[str]] = {
    "en": frozenset(
        """
        the a an and or but if then because so as of in on at to from for with without by about into after before
        i im ive you your youre he she it its we they them their my me mine our us his her this that these those there
        here is are was were be been being am isnt arent wasnt do does did dont doesnt didnt have has had havent hasnt
        will would wont can could cant cannot should must may might not no yes any some all every much many more most
        very too just only still yet again now then when where what who why how which since until today tomorrow
        yesterday hours hour minutes days day week ago morning night
        hi hello hey gm gn good dear please pls plz help thanks thank thx ty okay bro guys sir man ser ok wen nope
        yeah yep
        get got getting give gave take took make made see saw seen look know think want need try tried trying tell
        told ask asked say said says go going gone come came back send sent receive received arrive arrived wait
        waiting
        waited check checked happen happened happening work working works lost lose missing stuck failed fail error
        wrong problem issue money funds balance locked lock blocked frozen hacked stolen
        someone somebody everyone anyone nobody anything something nothing everything one two same other new old
        open close closed answer reply response soon long time fast slow ever never always already
        like love great nice cool lol buy sell bought sold price up down moving moved done fix fixed long short
        show showing says let use using reset code number name phone device answer question list listing chance used
        able cancel change changed enter found find keep add added remove
        """.split()
    ),
    "tr": frozenset(
        """
        ve ile icin ama fakat ancak cunku eger ki da de mi mu bir bu su o ben sen biz siz onlar beni seni bana sana
        bize size benim senin bizim sizin var yok degil evet hayir ne neden niye nasil nerede nereye kim hangi kac
        kadar gibi daha cok az en hala hep hic simdi bugun dun yarin sonra once saat saattir gun gundur dakika hafta
        merhaba merhabalar selam selamlar slm mrb meraba gunaydin aksamlar iyi kolay gelsin hocam abi kardes kardesim
        arkadaslar lutfen lutfn yardim yardimci tesekkur tesekkurler tsk tskler tesekkur sagol sagolun eyvallah
        tamam olur olmaz oldu olmadi olmuyor geldi gelmedi gelmiyor gecmedi gecti gitti gonderdim gonderdi attim
        yatirdim
        yaptim yaptik yapamiyorum edemiyorum ediyorum aldim alamadim bekliyorum bekliyor istiyorum biliyor
        param paramiz parami paralar para hesap hesabim hesabima hesabimi hesabimdan cekim cekemiyorum yatirma islem
        islemim havale banka bankadan dekont destek cevap cozum sorun sikayet magdur ederim eder misiniz musunuz
        bakar miyim acaba olarak olan icinde uzerinden tarafindan kez artik bile sadece belki yine henuz
        zaman gelir gider olacak olsun bakin bakarsiniz yardimcisi kanka dostum reis usta tmm tamamdir peki ya yani
        bence
        sanirim galiba tekrar ilk son tane cuzdan cuzdanim coin yeni eski kapali acik bozuk sorunu sorunum
        giris sifre sifremi onay dogrulama calindi dolandirildim dolandirici kayboldu ulasmadi yanlis ag aga
        """.split()
    ),
    "fa": frozenset(
        """
        salam drood dorood chetori khobi khoobi mamnoon mamnun merci mersi lotfan khahesh khaste nabashid
        aghaye agha dadash dadashi azizam doostan bacheha
        man mano manam shoma ma in oon un inja unja ke ro az ba baraye vase ya ham faghat hanooz hanuz alan
        emrooz emruz dirooz diruz farda shab sobh saat saate rooz ruze hafte chand chera chra koja kojas kojast key
        kei chi chie chikar chetor kodoom kodum
        pool pul poolam pulam poole pulo poolo hesab hesabam hesabe bardasht variz vaariz kif arz tether toman
        hast nist nistam hastam bood nabood shod shode nashod nashode mishe nemishe namishe nashude
        kardam kardi karde nakarde kard nakard kon konid konam bokonam bokonid nakon
        mikonam mikone nemikonam nemikone mikham mikhad nemikhad mikhastam mitoonam nemitoonam mitunam nemitunam
        miad nemiad omad oomad umad nayumad nayumade nayoomad nayoomade nayomade nayomad nemyad
        raft rafte naraft dadam dad nadad nadadan bede bedid dadan zadam goft gofte gam migam migid begid
        daram dari dare nadaram nadare dashtam dashte bashe bale are na kheyli kheili dige hamin hame hich
        moshkel eshtebah eshtebahi ferestadam ferestad frestadam fereste residam nareside narside resid ghat hal
        komak komakam javab poshtiban poshtibani taeed ehraz hoviat ramz vorood dozdidan kolahbardari tarakonesh
        """.split()
    ),
    # Languages that we do not serve. They are here so that they are not taken for one of ours.
    "es": frozenset(
        """
        el la los las un una de del que y en por para con sin no si mi tu su es son esta estoy tengo hola gracias
        porque cuando donde como pero mas muy ya desde hace ayuda favor dinero cuenta retiro deposito buenos dias
        necesito puedo puede hacer todavia llega llegado llego mis me se lo le al buenas tardes
        """.split()
    ),
    "pt": frozenset(
        """
        o os as um uma de do da dos das que e em por para com sem nao sim meu minha seu sua esta estou tenho ola
        obrigado obrigada quando onde como mas mais muito ja desde faz ajuda favor dinheiro conta saque bom dia
        preciso posso pode fazer ainda chegou voce voces no na me se boa tarde
        """.split()
    ),
    "fr": frozenset(
        """
        le la les un une des de du que qui et en pour avec sans ne pas oui non mon ma mes ton votre vos est sont suis
        j ai jai bonjour salut merci quand ou comment mais plus tres deja depuis aide svp argent compte retrait depot
        je tu il elle nous vous ils dans sur ce cette c cest au aux toujours pourquoi recu besoin peux peut
        """.split()
    ),
    "de": frozenset(
        """
        der die das ein eine einen den dem des und oder aber ich du er sie es wir ihr mein meine mir mich ist sind war
        nicht kein keine hallo danke bitte wann wo wie warum noch schon seit hilfe geld konto auszahlung einzahlung
        mit ohne auf fur von zu im bei nach habe hat haben kann konnen wird wurde auch nur sehr guten tag
        """.split()
    ),
    "it": frozenset(
        """
        il lo la gli le un uno una di del della che e in per con senza non si mio mia tuo sono sei ho hai ha ciao
        grazie
        quando dove come ma piu molto gia da ancora aiuto favore soldi conto prelievo deposito buongiorno
        perche mi ti ci vi ne al alla questo questa posso puo fare arrivato
        """.split()
    ),
    "nl": frozenset(
        """
        de het een en of maar ik jij je hij zij wij jullie mijn jouw is zijn was niet geen hallo bedankt dank
        alsjeblieft
        wanneer waar hoe waarom nog al sinds hulp geld rekening met zonder op voor van naar bij heb heeft kan wordt
        ook
        """.split()
    ),
    "pl": frozenset(
        """
        i w na z do nie tak jest sa byl mam masz moje moj moja czesc dziekuje dzieki prosze kiedy gdzie jak dlaczego
        ale juz od pomoc pieniadze konto wyplata wplata ze sie to jeszcze przez dla po czy co mnie mi
        """.split()
    ),
    "id": frozenset(
        """
        saya aku kamu anda dia kami kita mereka ini itu yang dan atau tapi tetapi di ke dari untuk dengan tanpa tidak
        nggak gak belum sudah udah ada adalah bisa mau harus kenapa mengapa kapan dimana bagaimana gimana berapa halo
        terima kasih makasih tolong bantu uang akun penarikan masuk min kak bang jam hari lagi juga sekali mohon
        """.split()
    ),
    "vi": frozenset(
        """
        toi minh ban anh chi em cua va la khong co chua da dang se nay do o den tu cho voi tai sao khi nao dau xin
        chao
        cam on giup tien khoan rut nap ngay gio roi duoc bi vi sao nhung
        """.split()
    ),
    "uz": frozenset(
        """
        men sen biz siz ular mening sizning bu va lekin uchun bilan emas yoq yok ha salom assalomu rahmat iltimos
        qachon
        qayerda qanday nega hali pul hisob kirmadi tushmadi yordam bering kerak qilib bor edi
        """.split()
    ),
    "az": frozenset(
        """
        men sen biz siz onlar menim senin bizim sizin ucun ile amma deyil yoxdur var beli xeyr salam sagol tesekkur
        zehmet olmasa necə nece niye haqqinda pul hesab gelmedi gelmeyib hele komek edin cox indi bele
        """.split()
    ),
    "sw": frozenset(
        "na ya wa kwa ni si hii hiyo pesa yangu habari asante tafadhali nini lini wapi bado naomba".split()
    ),
    "tl": frozenset(
        """
        ang ng sa mga ako ikaw siya kami tayo sila ko mo niya po opo hindi wala meron bakit kailan saan paano salamat
        kumusta pera yung lang naman pa na kasi
        """.split()
    ),
    "ro": frozenset(
        """
        si sau dar nu da este sunt am ai are meu mea buna multumesc cand unde cum pentru cu fara din la pe un o
        ajutor bani cont inca mai foarte va rog
        """.split()
    ),
    "hu": frozenset(
        """
        az es vagy de nem igen van volt en te mi ti enyem szia koszonom kerem mikor hol hogyan miert meg mar penz
        szamla segitseg egy hogy csak is ez
        """.split()
    ),
}

# Heard in every language: they decide only where nothing else does, and yield to the prior.
INTERNATIONAL = frozenset(
    "hi hello hey ok okay gm gn bro sir admin dear thanks thank thx ty please pls plz help merci mersi salam slm "
    "lol wow no yes yep man boss bye good lets go wtf omg nice cool you tmm".split()
)

# For no language: names of coins, networks, products and buttons.
NEUTRAL = frozenset(
    """
    usdt usdc btc eth bnb trx sol ton xrp doge ltc tether bitcoin ethereum tron solana ripple polygon arbitrum optimism
    erc trc bep kyc aml otc cex dex txid tx txn hash uid id memo tag wallet token coin crypto nft defi airdrop staking
    stake apr apy p2p futures future spot margin leverage perp order limit market stop tp sl pnl roi bot api app
    withdraw withdrawal withdrawals deposit deposits pending transfer transaction network mainnet blockchain gas fee
    fees swap bridge trade trading trader exchange binance okx bybit kucoin gate huobi metamask trust ledger trezor
    login email mail sms otp link url online offline admin admins support ticket live chat vip bonus event campaign
    referral ref iban bank visa mastercard paypal wise usd eur try irr cny usdt's u telegram discord twitter x qr
    web android ios iphone windows google authenticator authentication verification verify status update info
    account accounts password profile dm pm ama dca ath hodl fomo fud bull bear pump dump moon scam spam
    """.split()
)

ARABIC_SCRIPT: dict[str, frozenset[str]] = {
    "fa": frozenset(
        """
        و در به از که را رو این اون ان با برای است هست هستم هستش نیست بود نبود شد شده نشد نشده شدم میشه نمیشه می نمی
        میکنم میکنید کنم کنید کنه کردم کرده کردن کرد نکرده دارم داره دارید ندارم نداره داشتم خواهش لطفا سلام درود
        ممنون
        مرسی سپاس متشکرم خسته نباشید ببخشید بله اره نه چرا کی کجا کجاست چطور چطوری چقدر چند چی چیه چیکار هنوز الان
        امروز
        دیروز فردا ساعت ساعته روز روزه هفته پول پولم پولمو پولی حسابم حسابمو اکانتم اکانت برداشت واریز واریزی کیف
        انتقال
        تتر تومن تومان هم همه هیچ خیلی دیگه فقط ولی اما اگه اگر تا یا پس بعد قبل من تو شما ما اونا مشکل اشتباه اشتباهی
        فرستادم زدم دادم اومده نیومده نیومد نرسیده رسید نرسید بدید بگید کنین دوستان بچه ها داداش عزیز جان پشتیبانی
        پیگیری احراز هویت رمز ورود هک کلاهبرداری کردند باشه باید میتونم نمیتونم خوام خواستم میخوام بشه یک یه
        """.split()
    ),
    "ar": frozenset(
        """
        في من على الى عن مع هذا هذه ذلك التي الذي لم لن لا ما ان كيف متى اين لماذا ليش عندي لدي لقد تم قد كان حسابي
        السلام عليكم مرحبا شكرا اهلا اريد ممكن هل نعم انا انت هو هي نحن كل بعد قبل حتى لكن او ثم الان اليوم امس غدا
        سحب ايداع محفظه محفظتي المبلغ فلوس فلوسي وصل يصل وصلت ارسلت مشكله مساعده الرجاء ارجو منذ ساعه ساعات يوم ايام
        """.split()
    ),
    "ur": frozenset(
        "ہے ہیں میں کا کی کے کو نے سے پر یہ وہ نہیں کیا آپ میرا میری مجھے ہوا گیا رہا".split()
    ),
}
ARABIC_SCRIPT = {
    language: frozenset(
        word.replace("ي", "ی").replace("ى", "ی").replace("ك", "ک").replace("آ", "ا")
        for word in words
    )
    for language, words in ARABIC_SCRIPT.items()
}

CYRILLIC: dict[str, frozenset[str]] = {
    "ru": frozenset(
        """
        и в не на я что с по это как но у за мы вы он она они мне меня мой моя моих мои привет здравствуйте спасибо
        пожалуйста когда где почему деньги пришли пришел вывод счет аккаунт помогите уже еще нет да есть был было все
        так только от до для или если ли же бы добрыи день
        """.split()
    ),
    "uk": frozenset(
        "що не на я це як але та і в у з до мені мене мій привіт дякую будь ласка коли де чому гроші".split()
    ),
}
